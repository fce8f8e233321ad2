//! A service's tie to Doorward: a handle that holds the keys and the sessions that ended, and what a handler asks for.
//!
//! Two tasks run behind a [`Doorward`]. One fetches the key set before it is too old. The other follows the revocation
//! feed: a long question, answered when a session ends and otherwise after 25 seconds. Both keep what they have while
//! Doorward is away. How long the feed may be away, and what then, is a setting: [`WhenStale`].

mod back_off;
mod clock;
mod ended;
mod extract;
mod figures;
mod follower;
mod keys;
mod outage;
mod refusal;
mod settings;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod transport;

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::{sync::watch, task::JoinSet, time::Instant};

use self::{
    clock::Clock,
    ended::Ended,
    keys::{Keys, Look, Looks},
    transport::Transport,
};
pub use self::{
    extract::{Caller, CallerWith, Role},
    figures::Figures,
    refusal::Refusal,
    settings::{Impossible, Settings, WhenStale},
};
use crate::{AccessTokens, Claims, Refused};

/// Checks access tokens for one service, without asking anybody on the way of a request. Clones share everything; with the
/// last one, the work in the background stops.
#[derive(Clone)]
pub struct Doorward(Arc<Running>);

struct Running {
    shared: Arc<Shared>,
    /// Aborted when dropped.
    _background: JoinSet<()>,
}

struct Shared {
    issuer: String,
    checks: AccessTokens,
    when_stale: WhenStale,
    stale_after: Duration,
    clock: Clock,
    transport: Arc<dyn Transport>,
    keys: Arc<Keys>,
    /// For keys that tokens name; the feed has its own.
    looks: Looks,
    ended: RwLock<Ended>,
    /// Told of each answer that has changed something here.
    changes: watch::Sender<()>,
}

impl fmt::Debug for Doorward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figures = self.figures();
        f.debug_struct("Doorward").field("issuer", &self.0.shared.issuer).field("figures", &figures).finish()
    }
}

impl Doorward {
    /// The settings of a service that takes tokens of this issuer: Doorward's `public_url`, to the letter.
    pub fn at(issuer: impl Into<String>) -> Settings {
        Settings::new(issuer.into())
    }

    fn run(
        issuer: String,
        checks: AccessTokens,
        (when_stale, stale_after): (WhenStale, Duration),
        clock: Clock,
        transport: impl Transport + 'static,
    ) -> Self {
        let (transport, changes): (Arc<dyn Transport>, _) = (Arc::new(transport), watch::Sender::default());
        let keys = Arc::new(Keys::new(transport.clone(), changes.clone()));
        let (looks, ended) = (Looks::default(), RwLock::default());
        let shared = Arc::new(Shared {
            issuer,
            checks,
            when_stale,
            stale_after,
            clock,
            transport,
            keys: keys.clone(),
            looks,
            ended,
            changes,
        });
        let mut background = JoinSet::new();
        background.spawn(async move { keys.keep_fresh().await });
        background.spawn(follower::follow(shared.clone()));
        Self(Arc::new(Running { shared, _background: background }))
    }

    /// Waits until keys and feed are there: what comes before gets 503. Put a limit around it to start without Doorward.
    /// With [`WhenStale::Accept`] it waits for the same, although only the keys are needed: who was out is not known before.
    pub async fn ready(&self) {
        let mut changes = self.0.shared.changes.subscribe();
        while self.0.shared.keys.age().is_none() || self.0.shared.is_stale() {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// The claims of an access token that is good now, of a session that has not ended.
    ///
    /// Everything is asked of memory; only a key that is not held is asked of Doorward, at most every 30 seconds.
    pub async fn check(&self, token: &str) -> Result<Arc<Claims>, Refusal> {
        let shared = &self.0.shared;
        let (mut now, mut missed) = (shared.clock.now(), None);
        let mut checked = shared.check(token, now, &mut missed);
        if let Some(kid) = missed {
            let look = shared.keys.look_for(&kid, &shared.looks).await;
            now = shared.clock.now();
            checked = match look {
                Look::Found => shared.check(token, now, &mut None),
                Look::Unknown => checked,
                Look::Unsure => return Err(Refusal::Unavailable),
            };
        }
        let claims = checked.map_err(|refused| match refused {
            Refused::Expired => Refusal::TokenExpired,
            Refused::Invalid(why) => {
                tracing::debug!(why, "access token refused");
                Refusal::TokenInvalid
            }
        })?;

        let (is_over, age) = {
            let ended = shared.ended.read().unwrap_or_else(PoisonError::into_inner);
            (ended.contains(&claims.sid), ended.age(now, Instant::now()))
        };
        if is_over {
            return Err(Refusal::SessionEnded);
        }
        if shared.when_stale == WhenStale::Refuse && shared.is_too_old(age) {
            return Err(Refusal::Unavailable);
        }
        Ok(claims)
    }
}

impl Shared {
    fn check(&self, token: &str, now: i64, missed: &mut Option<String>) -> Result<Arc<Claims>, Refused> {
        let keys = self.keys.current();
        self.checks.check_or_miss(token, &keys, now, |kid| {
            // A longer name is nobody's.
            *missed = (kid.len() <= 64).then(|| kid.to_owned());
        })
    }

    /// For how long an end of a session may have been missed.
    fn feed_age(&self) -> Option<Duration> {
        self.ended.read().unwrap_or_else(PoisonError::into_inner).age(self.clock.now(), Instant::now())
    }

    fn is_stale(&self) -> bool {
        self.is_too_old(self.feed_age())
    }

    fn is_too_old(&self, age: Option<Duration>) -> bool {
        age.is_none_or(|age| age > self.stale_after)
    }
}
