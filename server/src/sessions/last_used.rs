//! Last-used times: buffered in memory and flushed in batches, so that a refresh needs no write.
//!
//! Idle timeouts stay exact: the buffer is consulted first, and before a session counts as idle, other nodes get the time
//! to flush ([`super::expiry::write_lag`]). A crash loses at most the time between two flushes.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::{
    clock::Moment,
    model::session::{Session, SessionId},
    store::Store,
};

/// A use that is not due to be written is written once the session has not been used for this long.
const QUIET: Duration = Duration::from_mins(1);

#[derive(Clone, Copy, Debug)]
struct Use {
    /// The latest use, to be shown.
    latest: Moment,
    /// The latest use that is due to be written.
    due: Option<Moment>,
    /// What the previous flush has written: a session that was read from the database before that does not have it.
    written: Option<Moment>,
}

impl Use {
    /// The use that counts for the idle timeout.
    fn counted(&self) -> Option<Moment> {
        self.due.max(self.written)
    }
}

/// The last-used times that may not be in the database yet.
#[derive(Default)]
pub struct LastUsedBuffer(Mutex<HashMap<SessionId, Use>>);

impl LastUsedBuffer {
    /// Records a use that is due to be written.
    pub fn record(&self, session_id: &SessionId, now: Moment) {
        self.update(
            session_id,
            |used| {
                used.latest = now;
                used.due = Some(now);
            },
            now,
        );
    }

    /// Records a use soon after one that is in the buffer or in the database.
    pub fn record_later(&self, session_id: &SessionId, now: Moment) {
        self.update(session_id, |used| used.latest = now, now);
    }

    fn update(&self, session_id: &SessionId, update: impl FnOnce(&mut Use), now: Moment) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(used) = uses.get_mut(session_id) {
            return update(used);
        }
        let mut used = Use { latest: now, due: None, written: None };
        update(&mut used);
        uses.insert(session_id.clone(), used);
    }

    /// Updates a session that was read from the database.
    pub fn apply(&self, session: &mut Session) {
        if let Some(used) = self.of(&session.id) {
            session.last_used_at = used.max(session.last_used_at);
        }
    }

    /// The use that counts for the idle timeout, if it may not be in the database yet.
    pub fn of(&self, session_id: &SessionId) -> Option<Moment> {
        self.get(session_id)?.counted()
    }

    /// The latest use on this node, if it may not be in the database yet.
    pub fn latest(&self, session_id: &SessionId) -> Option<Moment> {
        Some(self.get(session_id)?.latest)
    }

    fn get(&self, session_id: &SessionId) -> Option<Use> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(session_id).copied()
    }

    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the uses that are due. They stay in the buffer until the next flush, for sessions that are just being read.
    /// Uses on a clock that has been set back since are written as uses at `now`.
    pub async fn flush(&self, store: &Store, now: Moment) -> Result<(), sqlx::Error> {
        let batch = self.due(now);
        let bounded = batch.iter().map(|(id, used)| (id.clone(), now.min(*used))).collect();
        store.write_last_used(&bounded).await?;
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        uses.retain(|id, used| {
            let is_unwritten = used.due.is_some() || used.written.is_none_or(|written| written < used.latest);
            used.written = batch.get(id).copied();
            if used.due == used.written {
                used.due = None;
            }
            is_unwritten
        });
        Ok(())
    }

    fn due(&self, now: Moment) -> HashMap<SessionId, Moment> {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut batch = HashMap::new();
        for (id, used) in uses.iter_mut() {
            let is_unwritten = used.written.is_none_or(|written| written < used.latest);
            if used.due.is_none() && is_unwritten && now.since(used.latest) >= QUIET {
                used.due = Some(used.latest);
            }
            batch.extend(used.due.map(|due| (id.clone(), due)));
        }
        batch
    }
}
