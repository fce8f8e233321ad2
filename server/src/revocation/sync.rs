//! Reads revocations by other nodes and the command line from the database.

use std::time::Duration;

use tokio::time::timeout;

use super::set::{LOAD_WINDOW, Revocations};
use crate::{
    clock::{Clock, Moment},
    model::{cursor::Cursor, session::SessionId, session_end::EndedSession},
    store::Store,
};

/// How far each poll reads back before the previous one: for transactions that commit long after they have read the
/// clock, and for clock skew between nodes.
const OVERLAP: Duration = Duration::from_secs(10);

const SECOND: Duration = Duration::from_secs(1);

/// A clock that is adjusted gradually goes back by less.
const MIN_SET_BACK: Duration = Duration::from_secs(1);

/// A query that takes longer counts as failed.
const QUERY_TIMEOUT: Duration = Duration::from_millis(1500);

/// Rows per query: bounds the memory, and other readers get their turn.
const PAGE_SIZE: usize = 1000;

/// Reads the revocations from before this process started.
pub async fn load(store: &Store, revocations: &Revocations, now: Moment) -> Result<(), sqlx::Error> {
    let since = now.minus(LOAD_WINDOW);
    let mut pages = Pages::new(store, since, Moment(i64::MAX));
    while let Some(page) = pages.next().await? {
        revocations.insert_loaded(page);
    }
    revocations.completed(since);
    Ok(())
}

/// Keeps the revocation set of this node in sync with the database.
#[derive(Clone, Copy)]
pub struct RevocationSync<'a> {
    pub store: &'a Store,
    pub revocations: &'a Revocations,
    pub clock: &'a Clock,
}

impl RevocationSync<'_> {
    /// Reads the revocations since the last successful poll, at `polled_at`; if `is_full` or after the clock was set back, all
    /// that can matter now.
    pub async fn poll(self, polled_at: Moment, is_full: bool) -> Result<(), sqlx::Error> {
        let now = self.clock.now();
        let was_set_back = now < polled_at.minus(MIN_SET_BACK) || !self.revocations.is_complete_at(now);
        if is_full || was_set_back {
            let since = now.minus(LOAD_WINDOW);
            self.catch_up(since).await?;
            // Before the set counts as complete again: no service may get a page of the old feed.
            if was_set_back {
                self.revocations.republish();
            }
            self.revocations.completed(since);
        }
        // The earlier of the two, because the clock may have been set back a little.
        self.catch_up(polled_at.min(now).minus(OVERLAP)).await
    }

    /// Reads all revocations of sessions whose access tokens may still be valid.
    pub async fn read_all(self) -> Result<(), sqlx::Error> {
        let since = self.clock.now().minus(LOAD_WINDOW);
        self.catch_up(since).await?;
        self.revocations.completed(since);
        Ok(())
    }

    /// Reads the revocations since the moment in a notification.
    pub async fn read_since(self, moment: Moment) -> Result<(), sqlx::Error> {
        self.read(moment, Moment(i64::MAX)).await
    }

    /// Reads only the seconds in which the number of revocations differs from the set: consecutive polls overlap, so
    /// most have nothing new.
    async fn catch_up(self, since: Moment) -> Result<(), sqlx::Error> {
        let begin = Moment(since.seconds() * 1000);
        let counting = timeout(QUERY_TIMEOUT, self.store.ends_by_second(begin));
        let seconds = counting.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
        for (second, number) in seconds {
            if !self.revocations.is_complete(second.seconds(), number) {
                self.read(second, second.plus(SECOND)).await?;
            }
        }
        Ok(())
    }

    async fn read(self, since: Moment, before: Moment) -> Result<(), sqlx::Error> {
        let mut pages = Pages::new(self.store, since, before);
        while let Some(page) = pages.next().await? {
            self.revocations.insert_synced(page);
        }
        Ok(())
    }
}

/// The sessions that ended in a period, in pages.
struct Pages<'a> {
    store: &'a Store,
    after: Cursor<SessionId>,
    before: Moment,
    is_complete: bool,
}

impl<'a> Pages<'a> {
    fn new(store: &'a Store, since: Moment, before: Moment) -> Self {
        Self { store, after: Cursor::before(since), before, is_complete: false }
    }

    async fn next(&mut self) -> Result<Option<Vec<EndedSession>>, sqlx::Error> {
        if self.is_complete {
            return Ok(None);
        }
        let reading = timeout(QUERY_TIMEOUT, self.store.ended_between(&self.after, self.before, PAGE_SIZE));
        let page = reading.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
        self.is_complete = page.len() < PAGE_SIZE;
        if let Some(last) = page.last() {
            self.after = last.cursor();
        }
        Ok(Some(page))
    }
}
