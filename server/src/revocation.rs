//! Revocation: a session that ends takes its access tokens with it, without a database query per request.
//!
//! The set holds only sessions that ended within the longest life of an access token; older tokens are dead anyway.
//! It is filled from the database at start, so that a restart revives nothing (R38).

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use crate::{
    clock::{Clock, Moment},
    session::{End, SessionId},
    user::UserId,
};

/// How long an ended session is remembered: the longest life of an access token, and a minute for good measure.
const REMEMBERED: Duration = Duration::from_secs(doorward_verify::LONGEST_LIFE as u64 + 60);

/// How far back the database is asked at start: further than needed, in case somebody has set the time of day (F3).
pub const READ_BACK: Duration = Duration::from_hours(24);

/// A session that has ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Which one.
    pub session_id: SessionId,
    /// Whose it was.
    pub user_id: UserId,
    /// The end that it would have had.
    pub expires_at: Moment,
    /// How it came to its end.
    pub end: End,
}

/// The sessions that ended lately, each with its end and how long this process had run when it heard of it: the time
/// of day could be set back, and an old token would be good again.
pub struct Revocations {
    clock: Clock,
    ended: RwLock<HashMap<SessionId, (End, Duration)>>,
}

impl Revocations {
    /// A set that knows of these.
    pub fn new(ended: Vec<Ended>, clock: Clock) -> Self {
        let set = Self { clock, ended: RwLock::default() };
        set.add(ended);
        set
    }

    /// How the session ended, if it ended lately.
    pub fn end(&self, session_id: &SessionId) -> Option<End> {
        self.ended.read().unwrap_or_else(PoisonError::into_inner).get(session_id).map(|(end, _)| end.clone())
    }

    /// From now on the sessions' access tokens are refused.
    pub fn add(&self, ended: impl IntoIterator<Item = Ended>) {
        let heard = self.clock.uptime();
        let mut set = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        for Ended { session_id, end, .. } in ended {
            set.entry(session_id).or_insert((end, heard));
        }
    }

    /// Forgets the sessions whose last access token has expired by now.
    pub fn sweep(&self) {
        let now = self.clock.uptime();
        let mut set = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        set.retain(|_, (_, heard)| now.saturating_sub(*heard) < REMEMBERED);
    }
}
