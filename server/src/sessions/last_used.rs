//! Last-used times: buffered in memory and flushed in batches, so that a refresh needs no write.
//!
//! The database gets those of a session at most once per hundredth of its idle timeout ([`Session::write_interval`]): a use
//! that comes sooner waits here. Idle timeouts stay exact. The buffer is consulted first; on other nodes, the session does
//! not come near its timeout before the use is written; and once it does, they give this node the time to flush
//! ([`super::expiry::write_lag`]). A crash loses at most a hundredth of the timeout.

use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::{
    clock::Moment,
    model::session::{Session, SessionId},
    store::Store,
};

/// The last-used times that are not in the database yet.
#[derive(Default)]
pub struct LastUsedBuffer(Mutex<HashMap<SessionId, Use>>);

#[derive(Clone, Copy)]
struct Use {
    at: Moment,
    /// The time in the database.
    written: Moment,
    write_interval: Duration,
}

impl Use {
    fn is_due(self, now: Moment) -> bool {
        self.written.plus(self.write_interval) <= now
    }
}

impl LastUsedBuffer {
    /// Records a use of a session, whose last-used time is that of its last use before this one.
    pub fn record(&self, session: &Session, now: Moment) {
        let first = Use { at: now, written: session.last_used_at, write_interval: session.write_interval() };
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        uses.entry(session.id.clone()).and_modify(|use_| use_.at = now).or_insert(first);
    }

    /// Updates a session that was read from the database.
    pub fn apply(&self, session: &mut Session) {
        if let Some(used) = self.of(&session.id) {
            session.last_used_at = used.max(session.last_used_at);
        }
    }

    pub fn of(&self, session_id: &SessionId) -> Option<Moment> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(session_id).map(|use_| use_.at)
    }

    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the whole buffer to the database.
    pub async fn flush(&self, store: &Store, now: Moment) -> Result<(), sqlx::Error> {
        self.flush_if(store, now, |_| true).await
    }

    /// Writes the uses of sessions whose last write is long enough ago.
    pub async fn flush_due(&self, store: &Store, now: Moment) -> Result<(), sqlx::Error> {
        self.flush_if(store, now, |use_| use_.is_due(now)).await
    }

    /// Entries are removed after the write, unless they have been updated since. Uses on a clock that has been set back since
    /// are written as uses at `now`.
    async fn flush_if(&self, store: &Store, now: Moment, is_due: impl Fn(Use) -> bool) -> Result<(), sqlx::Error> {
        let batch: HashMap<SessionId, Moment> = {
            let uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            uses.iter().filter(|(_, use_)| is_due(**use_)).map(|(id, use_)| (id.clone(), use_.at)).collect()
        };
        let bounded: HashMap<_, _> = batch.iter().map(|(id, used)| (id.clone(), now.min(*used))).collect();
        store.write_last_used(&bounded).await?;
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let remaining = mem::take(&mut *uses).into_iter().filter(|(id, use_)| batch.get(id) != Some(&use_.at));
        *uses = remaining
            .map(|(id, use_)| {
                let written = bounded.get(&id).copied().unwrap_or(use_.written);
                (id, Use { written, ..use_ })
            })
            .collect();
        Ok(())
    }
}
