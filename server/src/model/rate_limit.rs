//! Rate limit arithmetic: GCRA with a rate that falls with each round of failures.

use std::{num::NonZero, time::Duration};

use aws_lc_rs::digest;

use crate::{
    clock::{Moment, millis},
    model::user::Email,
};

/// A try never takes longer than this to come back.
const SLOWEST: Duration = Duration::from_hours(24);

/// How many tries in how much time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limit {
    /// The tries.
    pub tries: NonZero<u32>,
    /// The time in which all of them come back.
    pub within: Duration,
}

/// Whose allowance it is, hashed for the database.
#[derive(Clone, Debug, Eq, PartialEq, sqlx::Type)]
#[sqlx(transparent)]
pub struct RateLimitKey(String);

impl RateLimitKey {
    /// The allowance of the account with this email, whether there is such an account or not.
    pub fn account(email: &Email) -> Self {
        Self(hex::encode(digest::digest(&digest::SHA256, email.as_str().as_bytes())))
    }
}

/// How much of an allowance is used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bucket {
    /// Failures since the last success.
    pub failures: i64,
    /// When the whole allowance is available again.
    pub free_at: Moment,
}

impl Limit {
    /// The time in which one try comes back, after this many failures.
    pub fn interval(self, failures: i64) -> Duration {
        let rounds = u32::try_from(failures / i64::from(self.tries.get())).unwrap_or(u32::MAX).min(16);
        (self.within / self.tries.get()).saturating_mul(1 << rounds).min(SLOWEST)
    }

    /// The allowance after one more try, or how long to wait for it.
    pub fn spend(self, used: Bucket, now: Moment) -> Result<Bucket, Duration> {
        let room_for_one = self.within.saturating_sub(self.interval(0));
        // No try leaves more behind than this. If there is more, the clock was set back, and nobody waits for it to catch
        // up: one try now, and the allowance is counted from here.
        let latest = now.plus(self.within).plus(self.interval(used.failures));
        let free_at = if used.free_at > latest { now.plus(room_for_one) } else { used.free_at.max(now) };
        match free_at.since(now).checked_sub(room_for_one) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => Ok(Bucket { failures: used.failures + 1, free_at: free_at.plus(self.interval(used.failures)) }),
        }
    }
}

impl std::str::FromStr for Limit {
    type Err = String;

    /// Reads `10/15m`: ten tries in fifteen minutes.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not of the form `10/15m`, or `off`");
        let (tries, within) = text.split_once('/').ok_or_else(wrong)?;
        let tries = tries.parse().map_err(|_| wrong())?;
        let within = humantime::parse_duration(within).map_err(|_| wrong())?;
        if millis(within) < 1000 {
            return Err(format!("{text:?}: the time must be at least a second"));
        }
        Ok(Self { tries, within })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment(1_000_000_000_000);

    fn ten_in_fifteen_minutes() -> Limit {
        "10/15m".parse().expect("a limit")
    }

    /// Fails as often as allowed at one moment; the allowance and the time to wait for the next try.
    fn fail_until_refused(limit: Limit, mut used: Bucket, now: Moment) -> (Bucket, Duration) {
        loop {
            match limit.spend(used, now) {
                Ok(next) => used = next,
                Err(wait) => return (used, wait),
            }
        }
    }

    #[test]
    fn r17_ten_tries_then_one_at_a_time_ever_slower() {
        let limit = ten_in_fifteen_minutes();
        let (used, _) = fail_until_refused(limit, Bucket { failures: 0, free_at: START }, START);
        assert_eq!(used.failures, 10);

        let mut now = START;
        let mut used = used;
        let mut waits = Vec::new();
        for _ in 0..40 {
            let (after, wait) = fail_until_refused(limit, used, now);
            waits.push(wait);
            now = now.plus(wait);
            used = after;
        }
        assert!(waits.is_sorted() && waits[39] > 8 * waits[0], "{waits:?}");
        assert!(waits.iter().all(|wait| *wait <= SLOWEST));
    }

    #[test]
    fn time_gives_tries_back() {
        let limit = ten_in_fifteen_minutes();
        let (used, wait) = fail_until_refused(limit, Bucket { failures: 0, free_at: START }, START);
        assert!(limit.spend(used, START.plus(wait).minus(Duration::from_millis(1))).is_err());
        assert!(limit.spend(used, START.plus(wait)).is_ok());
    }

    #[test]
    fn settings_that_are_no_limit_are_refused() {
        for text in ["", "10", "0/15m", "-1/15m", "10/", "10/never", "10/0s", "ten/15m"] {
            assert!(text.parse::<Limit>().is_err(), "{text}");
        }
    }
}
