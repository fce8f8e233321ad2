//! Last-used times: buffered in memory and flushed in batches, so that a refresh needs no write.
//!
//! The database gets those of a session at most once per hundredth of its idle timeout ([`Session::write_interval`]): a use
//! that comes sooner waits here. Idle timeouts stay exact. The buffer is consulted first; on other nodes, the session does
//! not come near its timeout before the use is written; and once it does, they give this node the time to flush
//! ([`super::expiry::write_lag`]). A crash loses at most a hundredth of the timeout.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    clock::Moment,
    model::{
        session::{MAX_SESSIONS, Session, SessionId},
        user::UserId,
    },
    store::Store,
};

/// Uses per transaction.
const BATCH_SIZE: usize = 1000;

/// The last-used times that are not in the database yet.
#[derive(Default)]
pub struct LastUsedBuffer(Mutex<Uses>);

#[derive(Default)]
struct Uses {
    by_session: HashMap<SessionId, Use>,
    /// The same in the order in which they are due, so that requests do not wait for a walk over all of them.
    due: BTreeSet<(Moment, SessionId)>,
}

#[derive(Clone, Copy)]
struct Use {
    at: Moment,
    /// The time in the database.
    written: Moment,
    write_interval: Duration,
}

impl Use {
    fn due_at(self) -> Moment {
        self.written.plus(self.write_interval)
    }
}

impl Uses {
    /// Records that a use has been written as one at `written`. A later one of the session remains.
    fn settle(&mut self, session_id: &SessionId, used: Moment, written: Moment) {
        let Some(latest) = self.by_session.get_mut(session_id) else { return };
        self.due.remove(&(latest.due_at(), session_id.clone()));
        if latest.at == used {
            self.by_session.remove(session_id);
        } else {
            latest.written = written;
            self.due.insert((latest.due_at(), session_id.clone()));
        }
    }
}

impl LastUsedBuffer {
    fn lock(&self) -> MutexGuard<'_, Uses> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a use of a session, whose last-used time is that of its last use before this one.
    pub fn record(&self, session: &Session, now: Moment) {
        let mut uses = self.lock();
        if let Some(use_) = uses.by_session.get_mut(&session.id) {
            use_.at = now;
            return;
        }
        let first = Use { at: now, written: session.last_used_at, write_interval: session.write_interval() };
        uses.by_session.insert(session.id.clone(), first);
        uses.due.insert((first.due_at(), session.id.clone()));
    }

    /// Updates a session that was read from the database.
    pub fn apply(&self, session: &mut Session) {
        if let Some(used) = self.of(&session.id) {
            session.last_used_at = used.max(session.last_used_at);
        }
    }

    pub fn of(&self, session_id: &SessionId) -> Option<Moment> {
        self.lock().by_session.get(session_id).map(|use_| use_.at)
    }

    pub fn len(&self) -> usize {
        self.lock().by_session.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the whole buffer to the database.
    pub async fn flush(&self, store: &Store, now: Moment) -> Result<(), sqlx::Error> {
        let all = self.lock().by_session.iter().map(|(id, use_)| (id.clone(), use_.at)).collect();
        self.write(store, all, now).await
    }

    /// Writes the uses of sessions whose last write is long enough ago.
    pub async fn flush_due(&self, store: &Store, now: Moment) -> Result<(), sqlx::Error> {
        let due = {
            let uses = self.lock();
            let due = uses.due.iter().take_while(|(due_at, _)| *due_at <= now);
            due.filter_map(|(_, id)| Some((id.clone(), uses.by_session.get(id)?.at))).collect()
        };
        self.write(store, due, now).await
    }

    /// Writes those of a user who has as many sessions as are allowed: the next login ends the least recently used one.
    pub async fn flush_user(&self, store: &Store, user_id: &UserId, now: Moment) -> Result<(), sqlx::Error> {
        let sessions = store.live_sessions(user_id, now).await?;
        if i64::try_from(sessions.len()).is_ok_and(|sessions| sessions < MAX_SESSIONS) {
            return Ok(());
        }
        let uses = sessions.into_iter().filter_map(|session| Some((self.of(&session.id)?, session.id)));
        self.write(store, uses.map(|(used, id)| (id, used)).collect(), now).await
    }

    /// Entries are removed after the write, unless they have been updated since. Uses on a clock that has been set back since
    /// are written as uses at `now`.
    async fn write(&self, store: &Store, mut uses: Vec<(SessionId, Moment)>, now: Moment) -> Result<(), sqlx::Error> {
        // Makes deadlocks with transactions that end several sessions unlikely.
        uses.sort_by(|(one, _), (other, _)| one.0.cmp(&other.0));
        for batch in uses.chunks(BATCH_SIZE) {
            let bounded: Vec<_> = batch.iter().map(|(id, used)| (id.clone(), now.min(*used))).collect();
            store.write_last_used(&bounded).await?;
            let mut uses = self.lock();
            for ((id, used), (_, written)) in batch.iter().zip(&bounded) {
                uses.settle(id, *used, *written);
            }
        }
        Ok(())
    }
}
