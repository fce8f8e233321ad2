//! How long to wait after a failure: ever longer, and never in step with the neighbours.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(10);

/// The waits after failures in a row.
pub(crate) struct BackOff(Duration);

impl BackOff {
    pub(crate) fn new() -> Self {
        Self(FIRST)
    }

    /// The next wait: a quarter of a second at first, doubled each time, ten seconds at most.
    pub(crate) fn next(&mut self) -> Duration {
        let wait = self.0;
        self.0 = (wait * 2).min(LONGEST);
        scattered(wait, 0.5)
    }

    pub(crate) fn reset(&mut self) {
        self.0 = FIRST;
    }
}

/// A time between `least` (a share of the whole) and the whole, so that what began together does not stay together.
pub(crate) fn scattered(whole: Duration, least: f64) -> Duration {
    // A fresh hasher is keyed by chance, and this needs no secret.
    let chance = f64::from(u16::try_from(RandomState::new().hash_one(0) >> 48).unwrap_or(0)) / f64::from(u16::MAX);
    whole.mul_f64(least + (1.0 - least) * chance)
}
