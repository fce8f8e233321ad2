//! Last-used times: buffered in memory and flushed in batches, so that a refresh needs no write.
//!
//! Idle timeouts stay exact: the buffer is consulted first, and before a session counts as idle, other nodes get the time
//! to flush ([`super::expiry::write_lag`]). A crash loses at most the time between two flushes.

use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, PoisonError},
};

use crate::{
    clock::Moment,
    model::session::{Session, SessionId},
    store::Store,
};

/// The last-used times that are not in the database yet.
#[derive(Default)]
pub struct LastUsedBuffer(Mutex<HashMap<SessionId, Moment>>);

impl LastUsedBuffer {
    pub fn record(&self, session_id: &SessionId, now: Moment) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(session_id.clone(), now);
    }

    /// Updates a session that was read from the database.
    pub fn apply(&self, session: &mut Session) {
        if let Some(used) = self.of(&session.id) {
            session.last_used_at = used.max(session.last_used_at);
        }
    }

    pub fn of(&self, session_id: &SessionId) -> Option<Moment> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(session_id).copied()
    }

    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the buffer to the database. Entries are removed after the write, unless they have been updated since. Uses on
    /// a clock that has been set back since are written as uses at `now`.
    pub async fn flush(&self, store: &Store, now: Moment) -> Result<(), sqlx::Error> {
        let batch = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let bounded = batch.iter().map(|(id, used)| (id.clone(), now.min(*used))).collect();
        store.write_last_used(&bounded).await?;
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let later = mem::take(&mut *uses).into_iter().filter(|(id, used)| batch.get(id) != Some(used));
        *uses = later.collect();
        Ok(())
    }
}
