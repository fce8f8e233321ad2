//! Last-used times: gathered in memory and written in batches, so that a refresh costs one query.
//!
//! Idle timeouts stay exact, because the buffer is asked first and other nodes get the time to write
//! ([`super::expiry::write_lag`]). A crash loses at most the time between two batches.

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

/// The uses that are not in the database yet.
#[derive(Default)]
pub struct LastUsedBuffer(Mutex<HashMap<SessionId, Moment>>);

impl LastUsedBuffer {
    pub fn record(&self, session_id: &SessionId, now: Moment) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(session_id.clone(), now);
    }

    /// Brings a session that was read from the database up to date.
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

    /// Writes the uses gathered so far. They stay in the buffer until the write has succeeded; later ones stay after it.
    pub async fn flush(&self, store: &Store) -> Result<(), sqlx::Error> {
        let batch = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        store.write_last_used(&batch).await?;
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let later = mem::take(&mut *uses).into_iter().filter(|(id, used)| batch.get(id) != Some(used));
        *uses = later.collect();
        Ok(())
    }
}
