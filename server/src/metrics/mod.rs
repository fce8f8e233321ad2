//! Prometheus metrics. No label takes a value that a client chooses, so the number of series is bounded.

mod database;
mod mails;
mod process;
mod requests;
mod session_cache;
mod snapshot;
mod verification;

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

use self::{database::Connections, process::Process};
pub use self::{
    mails::{MailEnd, MailMetrics},
    requests::RequestLabels,
    session_cache::SessionCacheMetrics,
    snapshot::Snapshot,
    verification::Verification,
};
use crate::{cutoff::Cutoff, refusal::Refusal, store::Store};

type Counters = Family<[(&'static str, &'static str); 1], Counter>;

/// Buckets around one second, the promised maximum.
const LAG_BUCKETS: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0];

/// Counters since the start of the process, and the gauges of the last scrape.
pub struct Metrics {
    registry: Registry,
    /// Metrics with the prefix `process`.
    process: Registry,
    requests: requests::Durations,
    logins: Counters,
    refreshes: Counters,
    /// Indexed by [`Verification`]: these are frequent, so there is no lookup by label.
    verifications: [Counter; Verification::ALL.len()],
    refusals: [Counter; Refusal::ALL.len()],
    sessions_ended: Counters,
    revocation_lag: Histogram,
    is_ready: Gauge,
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
    key_lifetime: Gauge<f64, AtomicU64>,
    /// Open connections.
    pub connections: Gauge,
    cutoffs: Counters,
    dropped_log_lines: Counter,
    failed_breach_checks: Counter,
    pub session_cache: SessionCacheMetrics,
    pub mails: MailMetrics,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("doorward"),
            process: Registry::with_prefix("process"),
            requests: requests::durations(),
            logins: Family::default(),
            refreshes: Family::default(),
            verifications: Default::default(),
            refusals: Default::default(),
            sessions_ended: Family::default(),
            revocation_lag: Histogram::new(LAG_BUCKETS),
            is_ready: Gauge::default(),
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
            key_lifetime: Gauge::default(),
            connections: Gauge::default(),
            cutoffs: Family::default(),
            dropped_log_lines: Counter::default(),
            failed_breach_checks: Counter::default(),
            session_cache: SessionCacheMetrics::default(),
            mails: MailMetrics::default(),
        };
        metrics.register_process();
        metrics.register_requests();
        metrics.register_logins();
        metrics.register_verifications();
        metrics.register_revocations();
        metrics.register_keys();
        metrics.register_connections();
        metrics.register_log();
        metrics.session_cache.register(&mut metrics.registry);
        metrics.mails.register(&mut metrics.registry);
        metrics
    }
}

fn outcome(is_granted: bool) -> [(&'static str, &'static str); 1] {
    [("outcome", if is_granted { "granted" } else { "refused" })]
}

impl Metrics {
    /// With the figures of this database.
    pub fn with_database(store: &Store) -> Self {
        let mut metrics = Self::default();
        let durations = "Time that queries and transactions took, from waiting for a connection on";
        metrics.registry.register_with_unit("database", durations, Unit::Seconds, store.durations().clone());
        metrics.registry.register_collector(Box::new(Connections(store.clone())));
        metrics
    }

    fn register_process(&mut self) {
        self.process.register_collector(Box::new(Process::this()));
        let info = Family::<[(&str, &str); 1], Gauge>::default();
        info.get_or_create(&[("version", env!("CARGO_PKG_VERSION"))]).set(1);
        self.registry.register("ready", "1 if `/readyz` responds with 200", self.is_ready.clone());
        self.registry.register("info", "Always 1; the label is the version", info);
    }

    fn register_requests(&mut self) {
        let requests = "Time from the head of an HTTP request to the head of its response, by the path's template; \
                        `other` is static files and unknown paths";
        self.registry.register_with_unit("http_request", requests, Unit::Seconds, self.requests.clone());
    }

    /// Records an answered request.
    pub fn answered(&self, labels: &RequestLabels, duration: Duration) {
        self.requests.get_or_create(labels).observe(duration.as_secs_f64());
    }

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
        let key_lifetime = "How long a key signs until the next one is due, which takes over five minutes later";
        registry.register_with_unit("key_lifetime", key_lifetime, Unit::Seconds, self.key_lifetime.clone());
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
        let failed = "New passwords accepted unchecked, because the service in `breached_passwords` failed";
        self.registry.register("breach_checks_failed", failed, self.failed_breach_checks.clone());
        let dropped = "Log lines that could not be written: no reader, or no space";
        self.registry.register("log_lines_dropped", dropped, self.dropped_log_lines.clone());
    }

    /// Counts a new password that was accepted without a look at the service in `breached_passwords`.
    pub fn breach_check_failed(&self) {
        self.failed_breach_checks.inc();
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
        self.is_ready.set(snapshot.is_ready.into());
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
        self.key_lifetime.set(snapshot.key_lifetime.as_secs_f64());
        self.dropped_log_lines.inner().store(snapshot.dropped_log_lines, Ordering::Relaxed);
        let mut text = String::new();
        text::encode_registry(&mut text, &self.process)
            .and_then(|()| text::encode(&mut text, &self.registry))
            .expect("writing to a `String` cannot fail");
        text
    }
}
