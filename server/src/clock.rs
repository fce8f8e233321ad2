//! The clock. The only place that reads the system time, so that tests can set it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use doorward_api::Timestamp;

/// A moment, in milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, sqlx::Type)]
#[sqlx(transparent)]
pub struct Moment(pub i64);

impl Moment {
    /// Seconds since the Unix epoch, rounded down, as in a JWT.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Parses RFC 3339, and nothing else of what ISO 8601 allows.
    pub fn parse(rfc3339: &str) -> Option<Self> {
        let text = rfc3339.as_bytes();
        let (date_time, rest) = text.split_at_checked("2026-11-23T20:15:00".len())?;
        let fraction = rest.strip_prefix(b".").map_or(0, |rest| rest.iter().take_while(|b| b.is_ascii_digit()).count());
        let offset = rest.get(if fraction > 0 { fraction + 1 } else { 0 }..)?;
        let has_shape = |text: &[u8], shape: &[u8]| {
            text.len() == shape.len()
                && text.iter().zip(shape).all(|(b, shape)| if *shape == b'0' { b.is_ascii_digit() } else { b == shape })
        };
        let is_offset =
            offset.eq_ignore_ascii_case(b"Z") || has_shape(offset, b"+00:00") || has_shape(offset, b"-00:00");
        let is_date_time = has_shape(&date_time.to_ascii_uppercase(), b"0000-00-00T00:00:00");
        let moment = (is_date_time && is_offset).then(|| rfc3339.parse::<jiff::Timestamp>().ok())??;
        Some(Self(moment.as_millisecond()))
    }

    #[must_use]
    pub fn plus(self, time: Duration) -> Self {
        Self(self.0.saturating_add(millis(time)))
    }

    #[must_use]
    pub fn minus(self, time: Duration) -> Self {
        Self(self.0.saturating_sub(millis(time)))
    }

    /// The time since `earlier`; zero if that is later.
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

/// A duration in milliseconds, as in the database.
pub fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[derive(Clone, Debug)]
pub enum Clock {
    /// The system time, with the start for the uptime.
    System(Instant),
    /// Stands still until a test moves it.
    Fixed {
        /// The time of day.
        now: Arc<AtomicI64>,
        /// The uptime, in milliseconds.
        passed: Arc<AtomicI64>,
    },
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system time")]
    pub fn system() -> Self {
        Self::System(Instant::now())
    }

    pub fn fixed(moment: Moment) -> Self {
        Self::Fixed { now: Arc::new(AtomicI64::new(moment.0)), passed: Arc::default() }
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system time")]
    pub fn now(&self) -> Moment {
        match self {
            Self::System(_) => Moment(jiff::Timestamp::now().as_millisecond()),
            Self::Fixed { now, .. } => Moment(now.load(Ordering::SeqCst)),
        }
    }

    /// The time since the clock was created. Monotonic: setting the time of day does not change it.
    pub fn uptime(&self) -> Duration {
        match self {
            Self::System(start) => start.elapsed(),
            Self::Fixed { passed, .. } => Duration::from_millis(passed.load(Ordering::SeqCst).unsigned_abs()),
        }
    }

    /// Lets time pass on a fixed clock; does nothing to the system clock.
    pub fn advance(&self, time: Duration) {
        if let Self::Fixed { now, passed } = self {
            now.fetch_add(millis(time), Ordering::SeqCst);
            passed.fetch_add(millis(time), Ordering::SeqCst);
        }
    }

    /// Sets the time of day of a fixed clock; the uptime stays.
    pub fn set(&self, moment: Moment) {
        if let Self::Fixed { now, .. } = self {
            now.store(moment.0, Ordering::SeqCst);
        }
    }
}

/// An interval whose first tick is immediate. After a delay it does not catch up with missed ticks.
pub fn every(period: Duration) -> tokio::time::Interval {
    let mut interval = tokio::time::interval(period);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    interval
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn a_moment_is_read_from_rfc_3339_alone() {
        for (text, millis) in [
            ("1970-01-01T00:00:01Z", 1000),
            ("1970-01-01t00:00:01.5z", 1500),
            ("1970-01-01T02:00:00.001+02:00", 1),
            ("1969-12-31T23:30:00-00:30", 0),
        ] {
            assert_eq!(Moment::parse(text), Some(Moment(millis)), "{text}");
        }
        for text in [
            "",
            "0",
            "1970-01-01",
            "1970-01-01T00:00:01",
            "1970-01-01 00:00:01Z",
            "1970-01-01T00:00Z",
            "19700101T000001Z",
            "1970-01-01T00:00:01.Z",
            "1970-01-01T00:00:01+0200",
            "1970-01-01T00:00:01 02:00",
            "1970-01-01T00:00:01Z[UTC]",
            "1970-02-30T00:00:01Z",
            "1970-01-01T25:00:01Z",
            "é970-01-01T00:00:01Z",
        ] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }
}
