//! What is counted and measured, for whoever watches over the server: numbers, and no label that anybody outside chooses.

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

type Counters = Family<[(&'static str, &'static str); 1], Counter>;

/// Around the bound of one second (section 5 of the contract).
const LAGS: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0];

/// What there is at the moment somebody asks.
#[derive(Clone, Copy, Debug)]
pub struct Present {
    /// Whether the set of revoked sessions is as new as it has to be.
    pub is_fresh: bool,
    /// The time since the database was last read for it.
    pub staleness: Duration,
    /// The sessions in it.
    pub revoked: usize,
    /// Open streams of events.
    pub streams: usize,
    /// Services that wait for the next revocation.
    pub waiting: usize,
    /// Passwords that wait to be hashed.
    pub hashes: usize,
    /// How often an access token was found among those that had been checked.
    pub found: u64,
    /// Keys that check.
    pub keys: usize,
    /// The generation of the key that signs.
    pub generation: i64,
    /// How long it has signed.
    pub key_age: Duration,
}

/// What came of an access token, or of a caller without one that is good.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verified {
    /// The caller is let in.
    Accepted,
    /// The token has expired.
    Expired,
    /// It is none of ours.
    Invalid,
    /// Its session has ended.
    Ended,
    /// This process does not know whether it has.
    Unavailable,
}

impl Verified {
    const ALL: [Self; 5] = [Self::Accepted, Self::Expired, Self::Invalid, Self::Ended, Self::Unavailable];

    const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Expired => "expired",
            Self::Invalid => "invalid",
            Self::Ended => "ended",
            Self::Unavailable => "unsure",
        }
    }
}

/// Everything that is counted, since the process began.
pub struct Metrics {
    registry: Registry,
    logins: Counters,
    refreshes: Counters,
    /// By [`Verified`], in its order: there are many of these, so none is looked up.
    verifications: [Counter; Verified::ALL.len()],
    sessions_ended: Counters,
    revocation_lag: Histogram,
    trusted: Gauge,
    staleness: Gauge<f64, AtomicU64>,
    revoked: Gauge,
    streams: Gauge,
    waiting: Gauge,
    hashes: Gauge,
    found: Counter,
    keys: Gauge,
    generation: Gauge,
    key_age: Gauge<f64, AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("doorward"),
            logins: Family::default(),
            refreshes: Family::default(),
            verifications: Default::default(),
            sessions_ended: Family::default(),
            revocation_lag: Histogram::new(LAGS),
            trusted: Gauge::default(),
            staleness: Gauge::default(),
            revoked: Gauge::default(),
            streams: Gauge::default(),
            waiting: Gauge::default(),
            hashes: Gauge::default(),
            found: Counter::default(),
            keys: Gauge::default(),
            generation: Gauge::default(),
            key_age: Gauge::default(),
        };
        metrics.register();
        // A series that begins at its first count hides that count from `rate()`.
        for outcome in [true, false].map(outcome) {
            drop(metrics.logins.get_or_create(&outcome));
            drop(metrics.refreshes.get_or_create(&outcome));
        }
        for reason in EndReason::ALL {
            drop(metrics.sessions_ended.get_or_create(&[("reason", reason.name())]));
        }
        metrics
    }
}

fn outcome(is_granted: bool) -> [(&'static str, &'static str); 1] {
    [("outcome", if is_granted { "granted" } else { "refused" })]
}

impl Metrics {
    fn register(&mut self) {
        let Self { registry, .. } = self;
        registry.register("logins", "Logins and registrations that were tried", self.logins.clone());
        registry.register(
            "refreshes",
            "Access tokens that were asked for with a refresh token",
            self.refreshes.clone(),
        );
        registry.register("sessions_ended", "Sessions that this process ended", self.sessions_ended.clone());
        registry.register_with_unit(
            "revocation_lag",
            "Time from the end of a session on another node, or at the command line, until this process refuses it",
            Unit::Seconds,
            self.revocation_lag.clone(),
        );
        registry.register(
            "revocation_set_trusted",
            "Whether the ends of sessions were read lately: if not, nobody is let in",
            self.trusted.clone(),
        );
        registry.register_with_unit(
            "revocation_set_age",
            "Time since the ends of sessions were last read",
            Unit::Seconds,
            self.staleness.clone(),
        );
        registry.register("revoked_sessions", "Ended sessions that are remembered", self.revoked.clone());
        registry.register("event_streams", "Open tabs that wait for the end of their session", self.streams.clone());
        registry.register("feed_waiting", "Services that wait for the next revocation", self.waiting.clone());
        registry.register("hashing_queue", "Passwords that wait to be hashed", self.hashes.clone());
        let verifications = Counters::default();
        self.verifications = Verified::ALL.map(|of| verifications.get_or_create(&[("outcome", of.name())]).clone());
        registry.register("verifications", "Access tokens that were checked", verifications);
        let found = "Access tokens whose signature had been checked before";
        registry.register("verifications_remembered", found, self.found.clone());
        registry.register("keys", "Public keys that access tokens are checked with", self.keys.clone());
        registry.register("key_generation", "Which key signs, counted from the first", self.generation.clone());
        registry.register_with_unit(
            "key_age",
            "Time for which the key has signed",
            Unit::Seconds,
            self.key_age.clone(),
        );
    }

    /// Somebody has come with an access token.
    pub fn verified(&self, outcome: Verified) {
        self.verifications[outcome as usize].inc();
    }

    /// Somebody has tried to log in.
    pub fn login(&self, is_granted: bool) {
        self.logins.get_or_create(&outcome(is_granted)).inc();
    }

    /// Somebody has tried to refresh.
    pub fn refresh(&self, is_granted: bool) {
        self.refreshes.get_or_create(&outcome(is_granted)).inc();
    }

    /// This process has ended a session.
    pub fn ended(&self, reason: EndReason) {
        self.sessions_ended.get_or_create(&[("reason", reason.name())]).inc();
    }

    /// This process has heard of the end of a session so much later.
    pub fn lag(&self, late: Duration) {
        self.revocation_lag.observe(late.as_secs_f64());
    }

    /// Everything, in the format of `OpenMetrics`.
    pub fn show(&self, present: Present) -> String {
        let number = |count| i64::try_from(count).unwrap_or(i64::MAX);
        self.trusted.set(present.is_fresh.into());
        self.staleness.set(present.staleness.as_secs_f64());
        self.revoked.set(number(present.revoked));
        self.streams.set(number(present.streams));
        self.waiting.set(number(present.waiting));
        self.hashes.set(number(present.hashes));
        self.found.inner().store(present.found, Ordering::Relaxed);
        self.keys.set(number(present.keys));
        self.generation.set(present.generation);
        self.key_age.set(present.key_age.as_secs_f64());
        let mut text = String::new();
        text::encode(&mut text, &self.registry).expect("a `String` takes whatever is written");
        text
    }
}
