//! Sessions: authentication, cache, expiry, last-used times, migration to stricter policies.

pub mod authenticate;
pub mod cache;
pub mod cache_entry;
pub mod expiry;
pub mod last_used;
pub mod policy_migration;
pub mod sweep;

use std::sync::Arc;

use crate::{
    clock::{Clock, Moment},
    clock_trust::ClockTrust,
    metrics::Metrics,
    model::{policy::Policies, session::Session, user::UserId},
    revocation::set::Revocations,
    sessions::{cache::SessionCache, last_used::LastUsedBuffer},
    store::Store,
};

/// The state that decides whether a session is live, shared by requests and background jobs.
#[derive(Clone)]
pub struct Sessions {
    pub store: Store,
    pub revocations: Arc<Revocations>,
    pub cache: Arc<SessionCache>,
    pub last_used: Arc<LastUsedBuffer>,
    pub policies: Policies,
    pub metrics: Arc<Metrics>,
    pub clock: Clock,
    /// Shared with the background jobs.
    pub clock_trust: Arc<ClockTrust>,
}

impl Sessions {
    /// Makes all nodes read the sessions of a user from the database, after a change of the session or the user. The change
    /// has been committed: a failure only delays it, until the entries are too old.
    pub async fn bar_user(&self, user_id: &UserId) {
        if !self.cache.is_configured() {
            return;
        }
        match self.store.credentials_of(user_id).await {
            Ok(credentials) => self.cache.bar(&credentials).await,
            Err(error) => tracing::warn!(%error, "cached sessions show a change half a minute late"),
        }
    }

    /// A session as read from the database, with the last use that this node has not written yet, and without times in the
    /// future.
    pub fn current(&self, mut session: Session, now: Moment) -> Session {
        self.last_used.apply(&mut session);
        session.bounded(now)
    }
}
