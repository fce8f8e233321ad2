//! Exponential back-off with jitter.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

const INITIAL: Duration = Duration::from_millis(250);
const MAX: Duration = Duration::from_secs(10);

/// The delays between retries: 250 ms at first, doubled with each failure up to 10 s, minus a jitter of up to one half.
pub(crate) struct Backoff(Duration);

impl Backoff {
    pub(crate) fn new() -> Self {
        Self(INITIAL)
    }

    /// The delay before the next retry.
    pub(crate) fn next_delay(&mut self) -> Duration {
        let delay = self.0;
        self.0 = (delay * 2).min(MAX);
        jittered(delay, 0.5)
    }

    /// Starts again with the initial delay, after a success.
    pub(crate) fn reset(&mut self) {
        self.0 = INITIAL;
    }
}

/// A random duration between `min_share` of `max` and `max`, so that services that started together do not send their
/// requests together.
pub(crate) fn jittered(max: Duration, min_share: f64) -> Duration {
    // A new hasher has random keys. Jitter needs no better randomness, and so no dependency for it.
    let random = f64::from(u16::try_from(RandomState::new().hash_one(0) >> 48).unwrap_or(0)) / f64::from(u16::MAX);
    max.mul_f64(min_share + (1.0 - min_share) * random)
}
