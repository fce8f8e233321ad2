//! The time. Nothing else in the server asks the operating system for it, so that tests can set it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use doorward_api::Timestamp;

/// A moment: milliseconds of the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, sqlx::Type)]
#[sqlx(transparent)]
pub struct Moment(pub i64);

impl Moment {
    /// Whole seconds of the Unix epoch, rounded down: what a JWT holds.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The moment `time` later.
    #[must_use]
    pub fn plus(self, time: Duration) -> Self {
        Self(self.0.saturating_add(millis(time)))
    }

    /// The moment `time` earlier.
    #[must_use]
    pub fn minus(self, time: Duration) -> Self {
        Self(self.0.saturating_sub(millis(time)))
    }

    /// The time from `earlier` to this moment; nothing when it is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }
}

impl From<Moment> for Timestamp {
    fn from(moment: Moment) -> Self {
        // A moment outside of jiff's years -9999 to 9999 cannot come from a clock.
        Self::new(jiff::Timestamp::from_second(moment.seconds()).unwrap_or(jiff::Timestamp::MAX).to_string())
    }
}

/// A span of time in milliseconds, as the database holds it.
pub fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The operating system, asked since this instant.
    System(Instant),
    /// A clock that stands still until a test moves it.
    Fixed {
        /// The time of day.
        now: Arc<AtomicI64>,
        /// The time that has passed, in milliseconds.
        passed: Arc<AtomicI64>,
    },
}

impl Clock {
    /// The operating system's clock.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks")]
    pub fn system() -> Self {
        Self::System(Instant::now())
    }

    /// A clock that shows `moment` until it is moved.
    pub fn fixed(moment: Moment) -> Self {
        Self::Fixed { now: Arc::new(AtomicI64::new(moment.0)), passed: Arc::default() }
    }

    /// The present moment.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks")]
    pub fn now(&self) -> Moment {
        match self {
            Self::System(_) => Moment(jiff::Timestamp::now().as_millisecond()),
            Self::Fixed { now, .. } => Moment(now.load(Ordering::SeqCst)),
        }
    }

    /// The time since the clock was made, as it really passed: whoever sets the time of day does not move it.
    pub fn uptime(&self) -> Duration {
        match self {
            Self::System(start) => start.elapsed(),
            Self::Fixed { passed, .. } => Duration::from_millis(passed.load(Ordering::SeqCst).unsigned_abs()),
        }
    }

    /// Lets time pass on a fixed clock; the operating system's stays as it is.
    pub fn advance(&self, time: Duration) {
        if let Self::Fixed { now, passed } = self {
            now.fetch_add(millis(time), Ordering::SeqCst);
            passed.fetch_add(millis(time), Ordering::SeqCst);
        }
    }

    /// Sets the time of day of a fixed clock, without any time passing.
    pub fn set(&self, moment: Moment) {
        if let Self::Fixed { now, .. } = self {
            now.store(moment.0, Ordering::SeqCst);
        }
    }
}

/// Ticks with this period, the first time at once.
pub fn every(period: Duration) -> tokio::time::Interval {
    let mut interval = tokio::time::interval(period);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    interval
}
