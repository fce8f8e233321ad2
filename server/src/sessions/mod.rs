//! Sessions: authentication, expiry, last-used times, migration to stricter policies.

pub mod authenticate;
pub mod expiry;
pub mod last_used;
pub mod policy_migration;
pub mod sweep;

use std::sync::Arc;

use crate::{
    clock::Clock, metrics::Metrics, model::policy::Policies, revocation::set::Revocations,
    sessions::last_used::LastUsedBuffer, store::Store,
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
}
