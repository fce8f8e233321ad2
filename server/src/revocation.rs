//! Revocation: a session that ends takes its access tokens with it, without a database query per request.
//!
//! The set holds only sessions that ended within the longest life of an access token; older tokens are dead anyway.
//! It is filled from the database at start, so that a restart revives nothing (R38).

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use app::api::EndReason;

use crate::{clock::Moment, session::SessionId};

/// How long an ended session is remembered: the longest life of an access token, and a minute for good measure.
pub const REMEMBERED: Duration = Duration::from_secs(doorward_verify::LONGEST_LIFE as u64 + 60);

/// A session that has ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Which one.
    pub session_id: SessionId,
    /// Why.
    pub reason: EndReason,
    /// When.
    pub at: Moment,
}

/// The sessions that ended lately.
#[derive(Default)]
pub struct Revocations(RwLock<HashMap<SessionId, (EndReason, Moment)>>);

impl Revocations {
    /// Why the session ended, if it ended lately.
    pub fn reason(&self, session_id: &SessionId) -> Option<EndReason> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(session_id).map(|(reason, _)| *reason)
    }

    /// From now on the sessions' access tokens are refused.
    pub fn add(&self, ended: impl IntoIterator<Item = Ended>) {
        let mut set = self.0.write().unwrap_or_else(PoisonError::into_inner);
        set.extend(ended.into_iter().map(|ended| (ended.session_id, (ended.reason, ended.at))));
    }

    /// Forgets the sessions whose last access token has expired by now.
    pub fn sweep(&self, now: Moment) {
        let mut set = self.0.write().unwrap_or_else(PoisonError::into_inner);
        set.retain(|_, (_, at)| now.since(*at) < REMEMBERED);
    }
}
