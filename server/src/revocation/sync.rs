//! Reads the ends of sessions that other nodes and the command line have written into the database.

use std::time::Duration;

use tokio::time::timeout;

use super::set::{READ_BACK, RETENTION, Revocations};
use crate::{
    clock::{Clock, Moment},
    model::{cursor::Cursor, session::EndedSession},
    store::Store,
};

/// Each poll reads back behind the previous one by this much: for transactions that commit long after they have read the
/// time, and for nodes whose clocks differ.
const OVERLAP: Duration = Duration::from_secs(10);

/// A query that takes longer has failed.
const QUERY_TIMEOUT: Duration = Duration::from_millis(1500);

/// Ends in one query: however many there are, little is held at once, and other readers get their turns.
const PAGE: usize = 1000;

/// Reads what ended before this process began.
pub async fn load(store: &Store, revocations: &Revocations, now: Moment) -> Result<(), sqlx::Error> {
    read(store, now.minus(READ_BACK), Moment(i64::MAX), |page| revocations.insert_loaded(page)).await
}

/// Keeps the set of one node in step with the database.
#[derive(Clone, Copy)]
pub struct RevocationSync<'a> {
    pub store: &'a Store,
    pub revocations: &'a Revocations,
    pub clock: &'a Clock,
}

impl RevocationSync<'_> {
    /// Reads the ends since a poll that succeeded at `polled_at`.
    pub async fn poll(self, polled_at: Moment) -> Result<(), sqlx::Error> {
        // The earlier of the two, in case the clock has been set back.
        self.catch_up(polled_at.min(self.clock.now()).minus(OVERLAP)).await
    }

    /// Reads every end that still matters.
    pub async fn read_all(self) -> Result<(), sqlx::Error> {
        self.catch_up(self.clock.now().minus(RETENTION)).await
    }

    /// Reads the ends since a moment that another node has sent.
    pub async fn read_since(self, moment: Moment) -> Result<(), sqlx::Error> {
        self.read(moment, Moment(i64::MAX)).await
    }

    /// Reads only the seconds whose number of ends differs from the set: most are polled many times and have nothing new.
    async fn catch_up(self, since: Moment) -> Result<(), sqlx::Error> {
        let begin = Moment(since.seconds() * 1000);
        let counting = timeout(QUERY_TIMEOUT, self.store.ends_by_second(begin));
        let seconds = counting.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
        for (second, number) in seconds {
            if !self.revocations.has_all(second, number) {
                self.read(Moment(second * 1000), Moment((second + 1) * 1000)).await?;
            }
        }
        Ok(())
    }

    async fn read(self, since: Moment, before: Moment) -> Result<(), sqlx::Error> {
        read(self.store, since, before, |page| self.revocations.insert_synced(page)).await
    }
}

async fn read(
    store: &Store,
    since: Moment,
    before: Moment,
    mut insert: impl FnMut(Vec<EndedSession>),
) -> Result<(), sqlx::Error> {
    let mut after = Cursor::before(since);
    loop {
        let reading = timeout(QUERY_TIMEOUT, store.ended_between(&after, before, PAGE));
        let page = reading.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
        let is_last = page.len() < PAGE;
        if let Some(last) = page.last() {
            after = last.cursor();
        }
        insert(page);
        if is_last {
            return Ok(());
        }
    }
}
