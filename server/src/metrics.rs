//! Prometheus metrics. No label takes a value that a client chooses, so the number of series is fixed.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use doorward_api::EndReason;
use prometheus_client::{
    encoding::text,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use crate::cutoff::Cutoff;
pub use crate::refusal::Refusal;

type Counters = Family<[(&'static str, &'static str); 1], Counter>;

/// Buckets around one second, the promised maximum.
const LAG_BUCKETS: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0];

/// The gauges at the time of a scrape.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot {
    pub is_fresh: bool,
    pub staleness: Duration,
    pub revoked_sessions: usize,
    pub event_streams: usize,
    pub feed_waiting: usize,
    pub hashing_queue: usize,
    pub cache_hits: u64,
    pub keys: usize,
    pub key_generation: i64,
    pub key_age: Duration,
    pub dropped_log_lines: u64,
}

/// The outcome of verifying an access token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verification {
    Accepted,
    Expired,
    Invalid,
    Revoked,
    /// Unknown, because the revocation set is stale.
    Unavailable,
}

impl Verification {
    const ALL: [Self; 5] = [Self::Accepted, Self::Expired, Self::Invalid, Self::Revoked, Self::Unavailable];

    const fn label(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Expired => "expired",
            Self::Invalid => "invalid",
            Self::Revoked => "ended",
            Self::Unavailable => "unsure",
        }
    }
}

/// Counters since the start of the process, and the gauges of the last scrape.
pub struct Metrics {
    registry: Registry,
    logins: Counters,
    refreshes: Counters,
    /// Indexed by [`Verification`]: these are frequent, so there is no lookup by label.
    verifications: [Counter; Verification::ALL.len()],
    refusals: [Counter; Refusal::ALL.len()],
    sessions_ended: Counters,
    revocation_lag: Histogram,
    is_fresh: Gauge,
    staleness: Gauge<f64, AtomicU64>,
    revoked_sessions: Gauge,
    event_streams: Gauge,
    feed_waiting: Gauge,
    hashing_queue: Gauge,
    cache_hits: Counter,
    keys: Gauge,
    key_generation: Gauge,
    key_age: Gauge<f64, AtomicU64>,
    /// Open connections.
    pub connections: Gauge,
    cutoffs: Counters,
    dropped_log_lines: Counter,
    pub session_cache_up: Gauge,
    pub session_cache_hits: Counter,
    pub session_cache_misses: Counter,
    pub session_cache_barred: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("doorward"),
            logins: Family::default(),
            refreshes: Family::default(),
            verifications: Default::default(),
            refusals: Default::default(),
            sessions_ended: Family::default(),
            revocation_lag: Histogram::new(LAG_BUCKETS),
            is_fresh: Gauge::default(),
            staleness: Gauge::default(),
            revoked_sessions: Gauge::default(),
            event_streams: Gauge::default(),
            feed_waiting: Gauge::default(),
            hashing_queue: Gauge::default(),
            cache_hits: Counter::default(),
            keys: Gauge::default(),
            key_generation: Gauge::default(),
            key_age: Gauge::default(),
            connections: Gauge::default(),
            cutoffs: Family::default(),
            dropped_log_lines: Counter::default(),
            session_cache_up: Gauge::default(),
            session_cache_hits: Counter::default(),
            session_cache_misses: Counter::default(),
            session_cache_barred: Counter::default(),
        };
        metrics.register_logins();
        metrics.register_verifications();
        metrics.register_revocations();
        metrics.register_keys();
        metrics.register_connections();
        metrics.register_log();
        metrics.register_session_cache();
        metrics
    }
}

fn outcome(is_granted: bool) -> [(&'static str, &'static str); 1] {
    [("outcome", if is_granted { "granted" } else { "refused" })]
}

impl Metrics {
    fn register_logins(&mut self) {
        let Self { registry, .. } = self;
        registry.register("logins", "Attempted logins and registrations", self.logins.clone());
        registry.register("refreshes", "Attempted refreshes", self.refreshes.clone());
        registry.register("hashing_queue", "Passwords waiting to be hashed", self.hashing_queue.clone());
        // A series that begins at its first count hides that count from `rate()`.
        for outcome in [true, false].map(outcome) {
            drop(self.logins.get_or_create(&outcome));
            drop(self.refreshes.get_or_create(&outcome));
        }
    }

    fn register_verifications(&mut self) {
        let Self { registry, .. } = self;
        let verifications = Counters::default();
        self.verifications =
            Verification::ALL.map(|outcome| verifications.get_or_create(&[("outcome", outcome.label())]).clone());
        registry.register("verifications", "Verified access tokens", verifications);
        let refusals = Counters::default();
        self.refusals = Refusal::ALL.map(|refusal| refusals.get_or_create(&[("reason", refusal.label())]).clone());
        registry.register("refusals", "Requests refused by a security control or as invalid", refusals);
        let cache_hits = "Access tokens whose signature was found in the cache of verified tokens";
        registry.register("verifications_remembered", cache_hits, self.cache_hits.clone());
    }

    pub fn refused(&self, refusal: Refusal) {
        self.refusals[refusal as usize].inc();
    }

    fn register_revocations(&mut self) {
        let Self { registry, .. } = self;
        registry.register("sessions_ended", "Sessions ended by this process", self.sessions_ended.clone());
        for reason in EndReason::ALL {
            drop(self.sessions_ended.get_or_create(&[("reason", reason.name())]));
        }
        registry.register_with_unit(
            "revocation_lag",
            "Time from the end of a session on another node or at the command line until its revocation here",
            Unit::Seconds,
            self.revocation_lag.clone(),
        );
        let is_fresh = "1 if the revocation set is fresh; 0 means that requests are rejected";
        registry.register("revocation_set_trusted", is_fresh, self.is_fresh.clone());
        let staleness = "Time since revocations were last read from the database";
        registry.register_with_unit("revocation_set_age", staleness, Unit::Seconds, self.staleness.clone());
        registry.register("revoked_sessions", "Sessions in the revocation set", self.revoked_sessions.clone());
        let event_streams = "Open tabs subscribed to the end of their session";
        registry.register("event_streams", event_streams, self.event_streams.clone());
        registry.register("feed_waiting", "Long polls of the revocation feed", self.feed_waiting.clone());
    }

    fn register_keys(&mut self) {
        let Self { registry, .. } = self;
        registry.register("keys", "Published public keys", self.keys.clone());
        registry.register("key_generation", "Generation of the signing key, from 1", self.key_generation.clone());
        let key_age = "Time since the signing key became active";
        registry.register_with_unit("key_age", key_age, Unit::Seconds, self.key_age.clone());
    }

    fn register_connections(&mut self) {
        let Self { registry, .. } = self;
        registry.register("connections", "Open connections", self.connections.clone());
        let cutoffs = "Connections refused or closed because of a limit";
        registry.register("connections_cut_off", cutoffs, self.cutoffs.clone());
        for cutoff in Cutoff::ALL {
            drop(self.cutoffs.get_or_create(&[("reason", cutoff.label())]));
        }
    }

    fn register_log(&mut self) {
        let dropped = "Log lines that could not be written: no reader, or no space";
        self.registry.register("log_lines_dropped", dropped, self.dropped_log_lines.clone());
    }

    fn register_session_cache(&mut self) {
        let Self { registry, .. } = self;
        let up =
            "0 while Valkey fails and sessions are read from the database; 1 otherwise, also without `session_cache`";
        registry.register("session_cache_up", up, self.session_cache_up.clone());
        let hits = "Sessions found in Valkey, without a database query";
        registry.register("session_cache_hits", hits, self.session_cache_hits.clone());
        let misses = "Sessions read from the database, because Valkey did not have them";
        registry.register("session_cache_misses", misses, self.session_cache_misses.clone());
        let barred = "Misses because the session had ended or changed within the last minute";
        registry.register("session_cache_barred", barred, self.session_cache_barred.clone());
    }

    pub fn verified(&self, outcome: Verification) {
        self.verifications[outcome as usize].inc();
    }

    /// Counts an attempted login or registration.
    pub fn login(&self, is_granted: bool) {
        self.logins.get_or_create(&outcome(is_granted)).inc();
    }

    pub fn refresh(&self, is_granted: bool) {
        self.refreshes.get_or_create(&outcome(is_granted)).inc();
    }

    /// Counts a session ended by this process.
    pub fn ended(&self, reason: EndReason) {
        self.sessions_ended.get_or_create(&[("reason", reason.name())]).inc();
    }

    /// Counts a connection refused or closed because of a limit.
    pub fn cut_off(&self, cutoff: Cutoff) {
        self.cutoffs.get_or_create(&[("reason", cutoff.label())]).inc();
    }

    #[cfg(test)]
    pub fn cutoffs(&self, cutoff: Cutoff) -> u64 {
        self.cutoffs.get_or_create(&[("reason", cutoff.label())]).get()
    }

    /// Records the lag of a revocation from another node.
    pub fn lag(&self, lag: Duration) {
        self.revocation_lag.observe(lag.as_secs_f64());
    }

    /// All metrics in the `OpenMetrics` text format.
    pub fn encode(&self, snapshot: Snapshot) -> String {
        let number = |count| i64::try_from(count).unwrap_or(i64::MAX);
        self.is_fresh.set(snapshot.is_fresh.into());
        self.staleness.set(snapshot.staleness.as_secs_f64());
        self.revoked_sessions.set(number(snapshot.revoked_sessions));
        self.event_streams.set(number(snapshot.event_streams));
        self.feed_waiting.set(number(snapshot.feed_waiting));
        self.hashing_queue.set(number(snapshot.hashing_queue));
        self.cache_hits.inner().store(snapshot.cache_hits, Ordering::Relaxed);
        self.keys.set(number(snapshot.keys));
        self.key_generation.set(snapshot.key_generation);
        self.key_age.set(snapshot.key_age.as_secs_f64());
        self.dropped_log_lines.inner().store(snapshot.dropped_log_lines, Ordering::Relaxed);
        let mut text = String::new();
        text::encode(&mut text, &self.registry).expect("writing to a `String` cannot fail");
        text
    }
}
