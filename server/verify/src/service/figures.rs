//! What a service knows, in numbers, for whoever watches over it.

use std::{fmt, sync::PoisonError, time::Duration};

use super::Doorward;

/// The state of a [`Doorward`] at one moment. Printed, it is text for Prometheus.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Figures {
    /// Whether the feed has not been heard of for longer than `stale_after`.
    pub is_stale: bool,
    /// For how long an end of a session may have been missed; `None` before the feed was first heard of.
    pub feed_age: Option<Duration>,
    /// How long the last end of a session was on its way here: whole seconds, and the difference of the clocks is in it.
    pub last_delay: Duration,
    /// The sessions that are known to have ended lately.
    pub sessions_ended: usize,
    /// How many keys are held.
    pub keys: usize,
    /// How long ago they were fetched; `None` before the first time.
    pub keys_age: Option<Duration>,
    /// How many checked tokens are remembered.
    pub remembered: usize,
    /// How often a token was found among them.
    pub found: u64,
}

impl Doorward {
    /// The figures of this moment.
    pub fn figures(&self) -> Figures {
        let shared = &self.0.shared;
        let (last_delay, sessions_ended) = {
            let ended = shared.ended.read().unwrap_or_else(PoisonError::into_inner);
            (ended.delay(), ended.len())
        };
        Figures {
            is_stale: shared.is_stale(),
            feed_age: shared.feed_age(),
            last_delay,
            sessions_ended,
            keys: shared.keys.current().len(),
            keys_age: shared.keys.age(),
            remembered: shared.checks.remembered(),
            found: shared.checks.found(),
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let age = |age: Option<Duration>| age.map_or(f64::INFINITY, |age| age.as_secs_f64());
        let count = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        let gauges = [
            ("feed_stale", u8::from(self.is_stale).into()),
            ("feed_age_seconds", age(self.feed_age)),
            ("feed_last_delay_seconds", self.last_delay.as_secs_f64()),
            ("sessions_ended", count(self.sessions_ended)),
            ("keys", count(self.keys)),
            ("keys_age_seconds", age(self.keys_age)),
            ("tokens_remembered", count(self.remembered)),
        ];
        for (name, value) in gauges {
            let value = if value.is_infinite() { "+Inf".into() } else { value.to_string() };
            writeln!(f, "# TYPE doorward_verify_{name} gauge\ndoorward_verify_{name} {value}")?;
        }
        let name = "doorward_verify_tokens_found_total";
        writeln!(f, "# TYPE {name} counter\n{name} {}", self.found)
    }
}
