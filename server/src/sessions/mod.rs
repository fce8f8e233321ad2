//! Sessions: authentication, expiry, last-used times, migration to stricter policies.

pub mod authenticate;
pub mod expiry;
pub mod last_used;
pub mod policy_migration;
pub mod sweep;

use std::sync::Arc;

use crate::{
    clock::{Clock, Moment},
    clock_trust::ClockTrust,
    metrics::Metrics,
    model::{policy::Policies, session::Session},
    revocation::set::Revocations,
    sessions::last_used::LastUsedBuffer,
    store::Store,
};

/// The state that decides whether a session is live, shared by requests and background jobs.
#[derive(Clone)]
pub struct Sessions {
    pub store: Store,
    pub revocations: Arc<Revocations>,
    pub last_used: Arc<LastUsedBuffer>,
    pub policies: Policies,
    pub metrics: Arc<Metrics>,
    pub clock: Clock,
    /// Shared with the background jobs.
    pub clock_trust: Arc<ClockTrust>,
}

impl Sessions {
    /// A session as read from the database, with the last use that this node has not written yet, and without times in the
    /// future.
    pub fn current(&self, mut session: Session, now: Moment) -> Session {
        self.last_used.apply(&mut session);
        session.bounded(now)
    }
}
