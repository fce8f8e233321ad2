//! When sessions were last used: gathered in memory and written in batches, so that a refresh costs one query.
//!
//! Idle limits stay exact, because the memory is asked first, and other nodes get the time to write ([`crate::sessions::expiry`]); a crash loses at most the time between two batches.

use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, PoisonError},
};

use crate::{
    clock::Moment,
    model::session::{Session, SessionId},
};

/// The uses that the database does not know of yet.
#[derive(Default)]
pub struct LastUsedBuffer(Mutex<HashMap<SessionId, Moment>>);

impl LastUsedBuffer {
    /// The session is used now.
    pub fn record(&self, session_id: &SessionId, now: Moment) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(session_id.clone(), now);
    }

    /// Brings a session that was read from the database up to date.
    pub fn apply(&self, session: &mut Session) {
        if let Some(used) = self.of(&session.id) {
            session.last_used_at = used.max(session.last_used_at);
        }
    }

    /// The latest use that is not in the database yet.
    pub fn of(&self, session_id: &SessionId) -> Option<Moment> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(session_id).copied()
    }

    /// The uses so far, for writing. They are still known here until [`Self::written`].
    pub fn unwritten(&self) -> HashMap<SessionId, Moment> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// These uses are in the database now; later ones of the same sessions stay.
    pub fn written(&self, batch: &HashMap<SessionId, Moment>) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let later = mem::take(&mut *uses).into_iter().filter(|(id, used)| batch.get(id) != Some(used));
        *uses = later.collect();
    }
}
