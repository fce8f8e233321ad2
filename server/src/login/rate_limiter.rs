//! Rate limits for passwords and registrations: per account in the database, so that the limit survives a restart and
//! holds across nodes; per IP address in memory.
//!
//! The bucket of an account, by the generic cell rate algorithm (GCRA, ITU-T I.371) with a falling rate:
//!
//! ```text
//!   full ──failure──▶ partly used ──failure──▶ … ──failure──▶ empty: rejected until one try is refilled
//!     ▲                    │ refilled over time, try by try
//!     └──success, or time──┘
//! ```
//! Each full bucket of failures since the last success doubles the refill interval, up to a day: a back-off that never
//! locks an account permanently. An attempt is counted before the password is checked, so that concurrent attempts get no
//! more tries than sequential ones; a success refills the bucket.

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

/// Tries per IP address for each try per account: an office may share an address.
const ADDRESS_FACTOR: u32 = 60;

#[derive(Debug)]
pub enum Attempt<'a> {
    Login {
        email: &'a Email,
        ip: IpAddr,
    },
    /// Limited because it reveals whether an email is registered.
    Register {
        ip: IpAddr,
    },
    /// Limited because it checks the current password.
    ChangePassword {
        email: &'a Email,
        ip: IpAddr,
    },
}

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
    fn ip(&self) -> IpAddr {
        match self {
            Self::Login { ip, .. } | Self::Register { ip } | Self::ChangePassword { ip, .. } => *ip,
        }
    }

    /// One bucket for login and change of password: both guess the same password.
    fn account_key(&self) -> Option<RateLimitKey> {
        match self {
            Self::Login { email, .. } | Self::ChangePassword { email, .. } => Some(RateLimitKey::account(email)),
            Self::Register { .. } => None,
        }
    }
}

pub struct Limiter(Option<LimiterInner>);

struct LimiterInner {
    per_account: Limit,
    per_address: DefaultKeyedRateLimiter<IpNet>,
    store: Store,
    clock: Clock,
}

impl Limiter {
    /// Addresses get a multiple of the limit per account. `None` disables rate limits.
    pub fn new(per_account: Option<Limit>, store: Store, clock: Clock) -> Self {
        Self(per_account.map(|per_account| {
            let tries =
                per_account.attempts.saturating_mul(NonZero::new(ADDRESS_FACTOR).unwrap_or(NonZero::<u32>::MIN));
            let interval = (per_account.window / tries.get()).max(Duration::from_nanos(1));
            let quota = Quota::with_period(interval).unwrap_or(Quota::per_second(tries)).allow_burst(tries);
            LimiterInner { per_account, per_address: RateLimiter::keyed(quota), store, clock }
        }))
    }

    /// Takes one try, or returns the time to wait. If the database is unavailable, that is an error: attempts are never
    /// unlimited.
    pub async fn check(&self, attempt: &Attempt<'_>) -> Result<(), RateLimitError> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        if let Err(not_until) = limiter.per_address.check_key(&network(attempt.ip())) {
            let wait = not_until.wait_time_from(governor::clock::DefaultClock::default().now());
            return Err(RateLimitError::Limited { retry_after: wait });
        }
        match attempt.account_key() {
            Some(key) => limiter.take(&key).await,
            None => Ok(()),
        }
    }

    /// Drops the addresses whose bucket is full again.
    pub fn sweep(&self) {
        if let Some(limiter) = &self.0 {
            limiter.per_address.retain_recent();
            limiter.per_address.shrink_to_fit();
        }
    }
}

impl LimiterInner {
    async fn take(&self, key: &RateLimitKey) -> Result<(), RateLimitError> {
        let now = self.clock.now();
        let first = self.per_account.spend(Bucket { failures: 0, free_at: now }, now);
        let mut fresh = first.map_err(|wait| RateLimitError::Limited { retry_after: wait })?;
        // Usually the insert succeeds. Otherwise compare and swap, and retry if another attempt came in between.
        loop {
            let Some(used) = self.store.insert_bucket(key, fresh).await? else { return Ok(()) };
            fresh = match self.per_account.spend(used, now) {
                Ok(next) if self.store.swap_bucket(key, used, next).await? => return Ok(()),
                Ok(_) => fresh,
                Err(wait) => return Err(RateLimitError::Limited { retry_after: wait }),
            };
        }
    }
}

/// The network that shares a bucket: an IPv4 address, or an IPv6 /64, which is what one customer gets.
fn network(ip: IpAddr) -> IpNet {
    match ip {
        IpAddr::V4(_) => IpNet::from(ip),
        IpAddr::V6(v6) => Ipv6Net::new(v6, 64).map_or(IpNet::from(ip), |net| IpNet::V6(net.trunc())),
    }
}
