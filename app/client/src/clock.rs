//! Time as a browser measures it. The wall clock of the device is never trusted alone: users set it, and it jumps.

use std::{
    ops::{Add, Sub},
    time::Duration,
};

/// A point on the monotonic clock. Its zero has no meaning.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Moment(pub(crate) Duration);

impl Moment {
    pub(crate) fn earlier_by(self, time: Duration) -> Self {
        Self(self.0.saturating_sub(time))
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    fn add(self, time: Duration) -> Self {
        Self(self.0.saturating_add(time))
    }
}

impl Sub for Moment {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// Both clocks of a device, read together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Clocks {
    /// Advances evenly and cannot be set. Some browsers stop it while the machine sleeps.
    pub(crate) monotonic: Moment,
    /// The wall clock, in milliseconds since the Unix epoch. The user can set it to anything.
    pub(crate) wall: f64,
}

impl Clocks {
    /// Time elapsed by the monotonic clock: a lower bound, because sleep may not count.
    pub(crate) fn elapsed_since(self, earlier: Self) -> Duration {
        self.monotonic - earlier.monotonic
    }

    /// An upper bound of the time elapsed: by the wall clock if that is ahead of the monotonic clock, as after sleep.
    pub(crate) fn elapsed_at_most(self, earlier: Self) -> Duration {
        Duration::try_from_secs_f64((self.wall - earlier.wall) / 1000.0)
            .unwrap_or_default()
            .max(self.elapsed_since(earlier))
    }
}
