//! Attempts are limited: per account in the database, so that the limit survives a restart and holds for all nodes;
//! per address in memory.
//!
//! One account's allowance, after the generic cell rate algorithm (ITU-T I.371) with a rate that falls:
//!
//! ```text
//!   full ──failure──▶ partly used ──failure──▶ … ──failure──▶ used up: refused until one try has come back
//!     ▲                    │ time gives tries back, one by one
//!     └──success, or time──┘
//! ```
//! Each full allowance of failures since the last success doubles the time that a try takes to come back, up to a day:
//! a back-off that never locks anyone out for good (R17). Attempts are counted before the password is looked at, so a
//! burst gets no more tries than a queue (R18); a success gives all of them back.

use std::{net::IpAddr, num::NonZero, time::Duration};

use aws_lc_rs::digest;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};
use ipnet::{IpNet, Ipv6Net};

use crate::{
    clock::{Clock, Moment, millis},
    http::error::Error,
    model::user::Email,
    store::Store,
};

/// A try never takes longer than this to come back.
const SLOWEST: Duration = Duration::from_hours(24);

/// Tries per address for every try per account: behind one address there may be an office.
const ADDRESS_FACTOR: u32 = 60;

/// How many tries in how much time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limit {
    /// The tries.
    pub tries: NonZero<u32>,
    /// The time in which all of them come back.
    pub within: Duration,
}

/// What is limited.
#[derive(Debug)]
pub enum Attempt<'a> {
    /// To log in to an account.
    Login {
        /// Which account.
        email: &'a Email,
        /// From where.
        from: IpAddr,
    },
    /// To register an account: tells whether an email has one, so it is limited too (R16).
    Register {
        /// From where.
        from: IpAddr,
    },
    /// To change the password of the account one is logged in to (R22).
    ChangePassword {
        /// Which account.
        email: &'a Email,
        /// From where.
        from: IpAddr,
    },
}

impl Attempt<'_> {
    fn from(&self) -> IpAddr {
        match self {
            Self::Login { from, .. } | Self::Register { from } | Self::ChangePassword { from, .. } => *from,
        }
    }

    /// The account whose allowance is used. A wrong current password is a wrong password: one allowance for both.
    fn account(&self) -> Option<Subject> {
        match self {
            Self::Login { email, .. } | Self::ChangePassword { email, .. } => Some(Subject::account(email)),
            Self::Register { .. } => None,
        }
    }
}

/// Whose allowance it is, hashed for the database.
#[derive(Clone, Debug, Eq, PartialEq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Subject(String);

impl Subject {
    /// The allowance of the account with this email, whether there is such an account or not.
    pub fn account(email: &Email) -> Self {
        Self(hex::encode(digest::digest(&digest::SHA256, email.as_str().as_bytes())))
    }
}

/// How much of an allowance is used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Allowance {
    /// Failures since the last success.
    pub failures: i64,
    /// When the whole allowance is available again.
    pub free_at: Moment,
}

impl Limit {
    /// The time in which one try comes back, after this many failures.
    fn interval(self, failures: i64) -> Duration {
        let rounds = u32::try_from(failures / i64::from(self.tries.get())).unwrap_or(u32::MAX).min(16);
        (self.within / self.tries.get()).saturating_mul(1 << rounds).min(SLOWEST)
    }

    /// The allowance after one more try, or how long to wait for it.
    fn spend(self, used: Allowance, now: Moment) -> Result<Allowance, Duration> {
        let room_for_one = self.within.saturating_sub(self.interval(0));
        // No try leaves more behind than this. If there is more, the clock was set back, and nobody waits for it to catch
        // up: one try now, and the allowance is counted from here.
        let latest = now.plus(self.within).plus(self.interval(used.failures));
        let free_at = if used.free_at > latest { now.plus(room_for_one) } else { used.free_at.max(now) };
        match free_at.since(now).checked_sub(room_for_one) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => Ok(Allowance { failures: used.failures + 1, free_at: free_at.plus(self.interval(used.failures)) }),
        }
    }
}

/// Says whether something may be tried.
pub struct Limiter(Option<Limits>);

struct Limits {
    per_account: Limit,
    per_address: DefaultKeyedRateLimiter<IpNet>,
    store: Store,
    clock: Clock,
}

impl Limiter {
    /// Limits to `per_account`, and addresses to a multiple of it; `None` limits nothing.
    pub fn new(per_account: Option<Limit>, store: Store, clock: Clock) -> Self {
        Self(per_account.map(|per_account| {
            let tries = per_account.tries.saturating_mul(NonZero::new(ADDRESS_FACTOR).unwrap_or(NonZero::<u32>::MIN));
            let interval = (per_account.within / tries.get()).max(Duration::from_nanos(1));
            let quota = Quota::with_period(interval).unwrap_or(Quota::per_second(tries)).allow_burst(tries);
            Limits { per_account, per_address: RateLimiter::keyed(quota), store, clock }
        }))
    }

    /// Uses up one try, or refuses with the time to wait. Without its state nothing may be tried: a broken database is
    /// an error here, never a yes (F10).
    pub async fn check(&self, attempt: &Attempt<'_>) -> Result<(), Error> {
        let Some(limits) = &self.0 else { return Ok(()) };
        if let Err(not_until) = limits.per_address.check_key(&network(attempt.from())) {
            let wait = not_until.wait_time_from(governor::clock::DefaultClock::default().now());
            return Err(Error::TooManyAttempts { retry_after: wait });
        }
        match attempt.account() {
            Some(subject) => limits.spend(&subject).await,
            None => Ok(()),
        }
    }

    /// Forgets addresses whose allowance is whole again.
    pub fn sweep(&self) {
        if let Some(limits) = &self.0 {
            limits.per_address.retain_recent();
            limits.per_address.shrink_to_fit();
        }
    }
}

impl Limits {
    async fn spend(&self, subject: &Subject) -> Result<(), Error> {
        let now = self.clock.now();
        let first = self.per_account.spend(Allowance { failures: 0, free_at: now }, now);
        let mut fresh = first.map_err(|wait| Error::TooManyAttempts { retry_after: wait })?;
        // Usually the first insert succeeds. Otherwise compare and swap: whoever comes between makes us look again.
        loop {
            let Some(used) = self.store.begin_allowance(subject, fresh).await? else { return Ok(()) };
            fresh = match self.per_account.spend(used, now) {
                Ok(next) if self.store.swap_allowance(subject, used, next).await? => return Ok(()),
                Ok(_) => fresh,
                Err(wait) => return Err(Error::TooManyAttempts { retry_after: wait }),
            };
        }
    }
}

/// The network that is limited as one: an IPv4 address, or an IPv6 /64, which is what one customer has.
fn network(address: IpAddr) -> IpNet {
    match address {
        IpAddr::V4(_) => IpNet::from(address),
        IpAddr::V6(v6) => Ipv6Net::new(v6, 64).map_or(IpNet::from(address), |net| IpNet::V6(net.trunc())),
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
    fn fail_until_refused(limit: Limit, mut used: Allowance, now: Moment) -> (Allowance, Duration) {
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
        let (used, _) = fail_until_refused(limit, Allowance { failures: 0, free_at: START }, START);
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
        let (used, wait) = fail_until_refused(limit, Allowance { failures: 0, free_at: START }, START);
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
