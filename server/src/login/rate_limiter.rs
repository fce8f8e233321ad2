//! Rate limits. What strangers can spend for an account is separate from what its known browsers and its live sessions
//! have; the limits themselves are in [`attempt`](super::attempt).
//!
//! Buckets in the database survive a restart and hold across nodes. They follow the generic cell rate algorithm (GCRA,
//! ITU-T I.371) with a falling rate:
//!
//! ```text
//!   full ──failure──▶ partly used ──failure──▶ … ──failure──▶ empty: rejected until one attempt is refilled
//!     ▲                    │ refilled over time, attempt by attempt
//!     └──success, or time──┘
//! ```
//! Each full bucket of failures since the last success doubles the refill interval, up to a day: a back-off that never
//! locks an account permanently. Buckets in memory refill at one rate.

use std::{
    net::IpAddr,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use super::{
    attempt::{Allowance, Attempt, mail_limits, registration_code_limit, registration_notice_limit},
    memory_buckets::{MemoryBuckets, MemoryKey},
    turns::{Turn, Turns},
};
use crate::{
    clock::{Clock, Moment, millis},
    model::{
        email::Email,
        rate_limit::{Bucket, Limit, RateLimitKey},
    },
    store::Store,
};

/// Maximum buckets of networks. Each failure of a stranger takes a few, mostly for seconds, and the limit of the node
/// bounds the failures: this many are never needed.
const NETWORK_PLACES: usize = 200_000;

/// Maximum buckets of accounts and sessions. As strangers cannot take these places, they are apart.
const ACCOUNT_PLACES: usize = 200_000;

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

pub struct Limiter(LimiterInner);

struct LimiterInner {
    configured: RwLock<Option<Limit>>,
    networks: MemoryBuckets,
    accounts: MemoryBuckets,
    turns: Turns,
    store: Store,
    clock: Clock,
}

impl Limiter {
    /// `None` disables rate limits.
    pub fn new(configured: Option<Limit>, store: Store, clock: Clock) -> Self {
        let (networks, accounts) =
            (MemoryBuckets::with_places(NETWORK_PLACES), MemoryBuckets::with_places(ACCOUNT_PLACES));
        let configured = RwLock::new(configured);
        Self(LimiterInner { configured, networks, accounts, turns: Turns::default(), store, clock })
    }

    /// The limit in the settings.
    pub fn limit(&self) -> Option<Limit> {
        *self.0.configured.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the limit for further attempts.
    pub fn set_limit(&self, configured: Option<Limit>) {
        *self.0.configured.write().unwrap_or_else(PoisonError::into_inner) = configured;
    }

    /// Starts an attempt, or returns the time to wait. If the database is unavailable, that is an error: attempts are
    /// never unlimited.
    pub async fn start(&self, attempt: Attempt<'_>) -> Result<StartedAttempt<'_>, RateLimitError> {
        let Some(configured) = self.limit() else { return Ok(StartedAttempt::default()) };
        let limiter = &self.0;
        let mut keys = Vec::new();
        let mut wait = Duration::MAX;
        for Allowance { in_memory, stored } in attempt.allowances(configured) {
            keys.extend(stored.iter().map(|(key, _)| key.clone()));
            match limiter.take(in_memory, stored.as_ref()).await {
                Ok((in_memory, turn)) => {
                    return Ok(StartedAttempt { limiter: Some(limiter), in_memory, keys, _turn: turn });
                }
                Err(RateLimitError::Limited { retry_after }) => wait = wait.min(retry_after),
                Err(error) => return Err(error),
            }
        }
        Err(RateLimitError::Limited { retry_after: wait })
    }

    /// Starts an attempt that counts even if it succeeds.
    pub async fn spend(&self, attempt: Attempt<'_>) -> Result<(), RateLimitError> {
        self.start(attempt).await.map(StartedAttempt::count)
    }

    /// Counts a mail that a stranger causes, whether or not the address belongs to a user. `false`: too many have been
    /// caused. Then [`Mailer::compose_decoy`](crate::mail::Mailer::compose_decoy) takes the place of the mail, so that the
    /// caller cannot see the difference.
    pub async fn may_mail(&self, to: &Email, from: IpAddr) -> Result<bool, sqlx::Error> {
        if self.limit().is_none() {
            return Ok(true);
        }
        for (key, limits) in mail_limits(to, from) {
            if !self.0.store.count_mail(&key, limits, self.0.clock.now()).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Counts a notice to the owner of an address about a registration with it.
    pub async fn may_notify_of_registration(&self, email: &Email, has_account: bool) -> Result<bool, sqlx::Error> {
        let (key, limits) = registration_notice_limit(email, has_account);
        self.0.store.count_mail(&key, limits, self.0.clock.now()).await
    }

    /// Counts a code that is tried for an address, right or wrong. As exact as the limits for mails.
    pub async fn may_try_code(&self, email: &Email) -> Result<bool, sqlx::Error> {
        if self.limit().is_none() {
            return Ok(true);
        }
        let (key, limits) = registration_code_limit(email);
        self.0.store.count_mail(&key, limits, self.0.clock.now()).await
    }

    /// Drops the buckets in memory that are full again.
    pub fn sweep(&self) {
        let limiter = &self.0;
        limiter.networks.sweep(limiter.uptime());
        limiter.accounts.sweep(limiter.uptime());
        limiter.turns.sweep();
    }
}

/// A started attempt. What it took in memory is given back when it is dropped, unless it counts; what it took in the
/// database is given back by the transaction of a success.
#[derive(Default)]
pub struct StartedAttempt<'a> {
    limiter: Option<&'a LimiterInner>,
    in_memory: Vec<(MemoryKey, Limit)>,
    keys: Vec<RateLimitKey>,
    _turn: Option<Turn<'a>>,
}

impl StartedAttempt<'_> {
    /// The attempt counts: it has failed, or is of a kind that is limited even where it succeeds.
    pub fn count(mut self) {
        self.in_memory.clear();
    }

    /// The buckets in the database that a success makes full again. That of other browsers is among them only if this
    /// attempt used it: a login from a known browser resets nothing for strangers.
    pub fn stored_keys(&self) -> &[RateLimitKey] {
        &self.keys
    }
}

impl Drop for StartedAttempt<'_> {
    fn drop(&mut self) {
        if let Some(limiter) = self.limiter {
            limiter.buckets(&self.in_memory).give_back(&self.in_memory);
        }
    }
}

impl LimiterInner {
    /// Monotonic: setting the time of day neither blocks nor frees the buckets in memory.
    fn uptime(&self) -> Moment {
        Moment(millis(self.clock.uptime()))
    }

    fn buckets(&self, in_memory: &[(MemoryKey, Limit)]) -> &MemoryBuckets {
        let is_stranger = |(key, _): &(MemoryKey, Limit)| matches!(key, MemoryKey::Network(..) | MemoryKey::Node(_));
        if in_memory.iter().any(is_stranger) { &self.networks } else { &self.accounts }
    }

    /// Memory first: it costs no query. An attempt that the account's bucket refuses counts for its network all the same,
    /// because it costs some.
    async fn take(
        &self,
        in_memory: Vec<(MemoryKey, Limit)>,
        stored: Option<&(RateLimitKey, Limit)>,
    ) -> Result<(Vec<(MemoryKey, Limit)>, Option<Turn<'_>>), RateLimitError> {
        let buckets = self.buckets(&in_memory);
        buckets.take(&in_memory, self.uptime()).map_err(|retry_after| RateLimitError::Limited { retry_after })?;
        let Some((key, limit)) = stored else { return Ok((in_memory, None)) };
        let turn = self.turns.wait(key, *limit).await;
        match self.take_stored(key, *limit).await {
            Ok(()) => Ok((in_memory, Some(turn))),
            Err(error) => {
                if matches!(error, RateLimitError::Unavailable(_)) {
                    buckets.give_back(&in_memory);
                }
                Err(error)
            }
        }
    }

    async fn take_stored(&self, key: &RateLimitKey, limit: Limit) -> Result<(), RateLimitError> {
        let now = self.clock.now();
        let first = limit.spend(Bucket { failures: 0, free_at: now }, now);
        let mut fresh = first.map_err(|wait| RateLimitError::Limited { retry_after: wait })?;
        // Usually the insert succeeds. Otherwise compare and swap, and retry if another attempt came in between.
        loop {
            let Some(used) = self.store.insert_bucket(key, fresh).await? else { return Ok(()) };
            fresh = match limit.spend(used, now) {
                Ok(next) if self.store.swap_bucket(key, used, next).await? => return Ok(()),
                Ok(_) => fresh,
                Err(wait) => return Err(RateLimitError::Limited { retry_after: wait }),
            };
        }
    }
}
