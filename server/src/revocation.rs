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

use crate::{clock::Clock, session::SessionId};

/// How long an ended session is remembered: the longest life of an access token, and a minute for good measure.
const REMEMBERED: Duration = Duration::from_secs(doorward_verify::LONGEST_LIFE as u64 + 60);

/// How far back the database is asked at start: further than needed, in case somebody has set the time of day (F3).
pub const READ_BACK: Duration = Duration::from_hours(24);

/// A session that has ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Which one.
    pub session_id: SessionId,
    /// Why.
    pub reason: EndReason,
}

/// The sessions that ended lately, each with the reason and how long this process had run when it heard of it: the time
/// of day could be set back, and an old token would be good again.
pub struct Revocations {
    clock: Clock,
    ended: RwLock<HashMap<SessionId, (EndReason, Duration)>>,
}

impl Revocations {
    /// A set that knows of these.
    pub fn new(ended: Vec<Ended>, clock: Clock) -> Self {
        let set = Self { clock, ended: RwLock::default() };
        set.add(ended);
        set
    }

    /// Why the session ended, if it ended lately.
    pub fn reason(&self, session_id: &SessionId) -> Option<EndReason> {
        self.ended.read().unwrap_or_else(PoisonError::into_inner).get(session_id).map(|(reason, _)| *reason)
    }

    /// From now on the sessions' access tokens are refused.
    pub fn add(&self, ended: impl IntoIterator<Item = Ended>) {
        let heard = self.clock.uptime();
        let mut set = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        set.extend(ended.into_iter().map(|ended| (ended.session_id, (ended.reason, heard))));
    }

    /// Forgets the sessions whose last access token has expired by now.
    pub fn sweep(&self) {
        let now = self.clock.uptime();
        let mut set = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        set.retain(|_, (_, heard)| now.saturating_sub(*heard) < REMEMBERED);
    }
}
