//! Rate limit arithmetic: GCRA whose rate halves each time the whole allowance has been spent on failures.

use std::{num::NonZero, time::Duration};

use aws_lc_rs::digest;
use doorward_api::FactorKind;
use ipnet::IpNet;

use crate::{
    clock::{Moment, millis},
    model::{email::Email, session::SessionId, user::UserId},
};

/// However many failures there were, one attempt becomes available again after this time.
const MAX_INTERVAL: Duration = Duration::from_hours(24);

/// The known browsers of an account share this many buckets: a former owner of the password gains no attempts by collecting
/// device cookies.
pub const DEVICE_SLOTS: u8 = 32;

/// A number of attempts per time window.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limit {
    pub attempts: NonZero<u32>,
    /// The time after which the whole allowance is available again.
    pub window: Duration,
}

/// Identifies a stored bucket. Hashed, so that the table of failed logins is no list of email addresses.
#[derive(Clone, Debug, Eq, Hash, PartialEq, sqlx::Type)]
#[sqlx(transparent)]
pub struct RateLimitKey(String);

impl RateLimitKey {
    /// The bucket of an email for browsers that are not known, whether or not an account with it exists: the limit must
    /// not reveal that.
    pub fn account(email: &Email) -> Self {
        Self::hash(email.as_str())
    }

    /// The bucket of an email for known browsers with this slot of their device cookie.
    pub fn device(email: &Email, slot: u8) -> Self {
        Self::hash(&format!("device\0{slot}\0{}", email.as_str()))
    }

    /// The bucket of current passwords, entered in a live session.
    pub fn current_password(session_id: &SessionId) -> Self {
        Self::hash(&format!("reauthentication\0{session_id}", session_id = session_id.0))
    }

    /// The bucket of a user's second factors of a kind.
    pub fn second_factor(user_id: &UserId, kind: FactorKind) -> Self {
        Self::hash(&format!("second factor\0{}\0{user_id}", kind.name()))
    }

    /// The buckets of all kinds.
    pub fn second_factors(user_id: &UserId) -> Vec<Self> {
        let kinds = [FactorKind::Passkey, FactorKind::Totp, FactorKind::RecoveryCode];
        kinds.into_iter().map(|kind| Self::second_factor(user_id, kind)).collect()
    }

    /// As text in a column.
    pub fn text(keys: &[Self]) -> String {
        keys.iter().map(|key| key.0.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// Reads [`text`](Self::text).
    pub fn of_text(text: &str) -> Vec<Self> {
        text.split_ascii_whitespace().map(|key| Self(key.to_owned())).collect()
    }

    /// The buckets of an email: of browsers that are not known, and of those that are.
    pub fn all_of(email: &Email) -> Vec<Self> {
        let devices = (0..DEVICE_SLOTS).map(|slot| Self::device(email, slot));
        [Self::account(email)].into_iter().chain(devices).collect()
    }

    /// The mails to an address, whether or not an account with it exists.
    pub fn mails_to(email: &Email) -> Self {
        Self::hash(&format!("mail\0{}", email.as_str()))
    }

    /// The mails that a network causes.
    pub fn mails_from(network: IpNet) -> Self {
        Self::hash(&format!("mails from\0{network}"))
    }

    /// The notices about registrations with the address of an account. An address without one has a bucket of its own.
    pub fn registration_notices(email: &Email, has_account: bool) -> Self {
        let kind = if has_account { "registration notice" } else { "no registration notice" };
        Self::hash(&format!("{kind}\0{}", email.as_str()))
    }

    /// The codes of registrations with an address.
    pub fn registration_codes(email: &Email) -> Self {
        Self::hash(&format!("registration code\0{}", email.as_str()))
    }

    /// No email contains a NUL, so the kinds of bucket cannot collide.
    fn hash(subject: &str) -> Self {
        Self(hex::encode(digest::digest(&digest::SHA256, subject.as_bytes())))
    }
}

/// How much of a limit has been used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bucket {
    /// Failures since the last success.
    pub failures: i64,
    /// When the whole allowance is available again (GCRA's theoretical arrival time).
    pub free_at: Moment,
}

impl Limit {
    /// `factor` times as many attempts in the same time.
    #[must_use]
    pub fn times(self, factor: NonZero<u32>) -> Self {
        Self { attempts: self.attempts.saturating_mul(factor), ..self }
    }

    /// The time after which one more attempt becomes available, after this many failures.
    pub fn interval(self, failures: i64) -> Duration {
        let rounds = u32::try_from(failures / i64::from(self.attempts.get())).unwrap_or(u32::MAX).min(16);
        (self.window / self.attempts.get()).saturating_mul(1 << rounds).min(MAX_INTERVAL)
    }

    /// The bucket after one more attempt, or the time to wait for it.
    pub fn spend(self, used: Bucket, now: Moment) -> Result<Bucket, Duration> {
        let room_for_one = self.window.saturating_sub(self.interval(0));
        // No attempt can move `free_at` further ahead than this. If it is, the clock was set back: allow one attempt
        // now and count from here, instead of blocking the account until the clock has caught up.
        let latest = now.plus(self.window).plus(self.interval(used.failures));
        let free_at = if used.free_at > latest { now.plus(room_for_one) } else { used.free_at.max(now) };
        match free_at.since(now).checked_sub(room_for_one) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => Ok(Bucket { failures: used.failures + 1, free_at: free_at.plus(self.interval(used.failures)) }),
        }
    }
}

impl std::str::FromStr for Limit {
    type Err = String;

    /// Parses for example `10/15m`: ten attempts in fifteen minutes.
    fn from_str(text: &str) -> Result<Self, String> {
        let invalid = || format!("{text:?} is not of the form `10/15m`, or `off`");
        let (attempts, window) = text.split_once('/').ok_or_else(invalid)?;
        let attempts = attempts.parse().map_err(|_| invalid())?;
        let window = humantime::parse_duration(window).map_err(|_| invalid())?;
        if millis(window) < 1000 {
            return Err(format!("{text:?}: the time must be at least a second"));
        }
        Ok(Self { attempts, window })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment(1_000_000_000_000);

    fn ten_in_fifteen_minutes() -> Limit {
        "10/15m".parse().expect("a limit")
    }

    /// Spends the rest of the allowance; returns the bucket and the wait for the next attempt.
    fn spend_all(limit: Limit, mut used: Bucket, now: Moment) -> (Bucket, Duration) {
        loop {
            match limit.spend(used, now) {
                Ok(next) => used = next,
                Err(wait) => return (used, wait),
            }
        }
    }

    #[test]
    fn ten_attempts_then_one_at_a_time_ever_slower() {
        let limit = ten_in_fifteen_minutes();
        let (used, _) = spend_all(limit, Bucket { failures: 0, free_at: START }, START);
        assert_eq!(used.failures, 10);

        let mut now = START;
        let mut used = used;
        let mut waits = Vec::new();
        for _ in 0..40 {
            let (after, wait) = spend_all(limit, used, now);
            waits.push(wait);
            now = now.plus(wait);
            used = after;
        }
        assert!(waits.is_sorted() && waits[39] > 8 * waits[0], "{waits:?}");
        assert!(waits.iter().all(|wait| *wait <= MAX_INTERVAL));
    }

    #[test]
    fn attempts_become_available_again_with_time() {
        let limit = ten_in_fifteen_minutes();
        let (used, wait) = spend_all(limit, Bucket { failures: 0, free_at: START }, START);
        assert!(limit.spend(used, START.plus(wait).minus(Duration::from_millis(1))).is_err());
        assert!(limit.spend(used, START.plus(wait)).is_ok());
    }

    #[test]
    fn malformed_limits_are_rejected() {
        for text in ["", "10", "0/15m", "-1/15m", "10/", "10/never", "10/0s", "ten/15m"] {
            assert!(text.parse::<Limit>().is_err(), "{text}");
        }
    }
}
