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

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};
use ipnet::{IpNet, Ipv6Net};

use crate::{
    clock::Clock,
    model::{
        email::Email,
        rate_limit::{Bucket, Limit, RateLimitKey},
    },
    store::Store,
};

/// Tries per address for every try per account: behind one address there may be an office.
const ADDRESS_FACTOR: u32 = 60;

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

/// Why an attempt was not made.
#[derive(Debug)]
pub enum RateLimitError {
    Limited { retry_after: Duration },
    Unavailable(sqlx::Error),
}

impl From<sqlx::Error> for RateLimitError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(error)
    }
}

impl Attempt<'_> {
    fn from(&self) -> IpAddr {
        match self {
            Self::Login { from, .. } | Self::Register { from } | Self::ChangePassword { from, .. } => *from,
        }
    }

    /// The account whose allowance is used. A wrong current password is a wrong password: one allowance for both.
    fn account(&self) -> Option<RateLimitKey> {
        match self {
            Self::Login { email, .. } | Self::ChangePassword { email, .. } => Some(RateLimitKey::account(email)),
            Self::Register { .. } => None,
        }
    }
}

/// Says whether something may be tried.
pub struct Limiter(Option<LimiterInner>);

struct LimiterInner {
    per_account: Limit,
    per_address: DefaultKeyedRateLimiter<IpNet>,
    store: Store,
    clock: Clock,
}

impl Limiter {
    /// Limits to `per_account`, and addresses to a multiple of it; `None` limits nothing.
    pub fn new(per_account: Option<Limit>, store: Store, clock: Clock) -> Self {
        Self(per_account.map(|per_account| {
            let tries =
                per_account.attempts.saturating_mul(NonZero::new(ADDRESS_FACTOR).unwrap_or(NonZero::<u32>::MIN));
            let interval = (per_account.window / tries.get()).max(Duration::from_nanos(1));
            let quota = Quota::with_period(interval).unwrap_or(Quota::per_second(tries)).allow_burst(tries);
            LimiterInner { per_account, per_address: RateLimiter::keyed(quota), store, clock }
        }))
    }

    /// Uses up one try, or refuses with the time to wait. Without its state nothing may be tried: a broken database is
    /// an error here, never a yes (F10).
    pub async fn check(&self, attempt: &Attempt<'_>) -> Result<(), RateLimitError> {
        let Some(limits) = &self.0 else { return Ok(()) };
        if let Err(not_until) = limits.per_address.check_key(&network(attempt.from())) {
            let wait = not_until.wait_time_from(governor::clock::DefaultClock::default().now());
            return Err(RateLimitError::Limited { retry_after: wait });
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

impl LimiterInner {
    async fn spend(&self, subject: &RateLimitKey) -> Result<(), RateLimitError> {
        let now = self.clock.now();
        let first = self.per_account.spend(Bucket { failures: 0, free_at: now }, now);
        let mut fresh = first.map_err(|wait| RateLimitError::Limited { retry_after: wait })?;
        // Usually the first insert succeeds. Otherwise compare and swap: whoever comes between makes us look again.
        loop {
            let Some(used) = self.store.insert_bucket(subject, fresh).await? else { return Ok(()) };
            fresh = match self.per_account.spend(used, now) {
                Ok(next) if self.store.swap_bucket(subject, used, next).await? => return Ok(()),
                Ok(_) => fresh,
                Err(wait) => return Err(RateLimitError::Limited { retry_after: wait }),
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
