//! Follows the ends of sessions, and the keys, that other nodes and the command line write into the database.
//!
//! Two ways, and each would do: the database is read four times a second, and on Postgres it calls at once. A node that could
//! not read for too long knows that it does not know, and lets nobody in ([`RevocationStatus::Unavailable`](crate::revocation::set::RevocationStatus)).

use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::{
    clock::{Moment, every},
    keys::key_ring::Unusable,
    log_once::FailureLog,
    model::{cursor::Cursor, session::EndedSession},
    revocation::set::{READ_BACK, RETENTION, Revocations},
    state::AppState,
    store::Store,
};

/// Between two looks: with it, the bound of one second holds even where no call is heard.
const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// Each poll goes back behind the last one by this much: for transactions that took long to commit after they had read
/// the time, and for nodes whose clocks differ.
const OVERLAP: Duration = Duration::from_secs(10);

/// A page that takes longer has failed.
const QUERY_TIMEOUT: Duration = Duration::from_millis(1500);

/// So many ends at a time: however many there are, what is held at once is small, and other readers get their turns.
const PAGE: usize = 1000;

/// Before the first request: what ended before this process began.
pub async fn begin(store: &Store, revocations: &Revocations, now: Moment) -> Result<(), sqlx::Error> {
    read(store, now.minus(READ_BACK), Moment(i64::MAX), |page| revocations.remember(page)).await
}

/// Runs for ever.
pub async fn run(app: &AppState) {
    app.revocations.is_followed();
    tokio::join!(poll(app), listen(app));
}

/// Looks into the database again and again: enough by itself.
pub async fn poll(app: &AppState) {
    let mut tick = every(POLL_INTERVAL);
    let mut outage = FailureLog::new("the ends of sessions and the keys cannot be read");
    let mut looked_at = app.clock.now().minus(RETENTION);
    loop {
        tick.tick().await;
        // The earlier of the two, in case somebody has set the time of day back (F3).
        let (now, uptime) = (app.clock.now(), app.clock.uptime());
        let looked = async {
            read_keys(app).await?;
            catch_up(app, looked_at.min(now).minus(OVERLAP)).await
        };
        if outage.note(&looked.await) {
            looked_at = now;
            app.revocations.was_read(uptime);
        }
    }
}

/// Hears what other nodes call out, where they do, and misses nothing when the connection is lost for a while.
pub async fn listen(app: &AppState) {
    let mut outage = FailureLog::new("the calls of other nodes cannot be heard");
    loop {
        match listen_once(app, &mut outage).await {
            Ok(Hearing::Nothing) => return,
            Ok(Hearing::Lost) => tracing::info!("the connection for calls of other nodes is lost; listening again"),
            Err(error) => {
                outage.note(&Err(error));
            }
        }
        sleep(POLL_INTERVAL).await;
    }
}

enum Hearing {
    /// There is nothing to listen_once on this database.
    Nothing,
    /// There was, until the connection was lost.
    Lost,
}

async fn listen_once(app: &AppState, outage: &mut FailureLog) -> Result<Hearing, sqlx::Error> {
    let Some(mut calls) = app.store.listen().await? else { return Ok(Hearing::Nothing) };
    // Whatever was called while nobody listened.
    catch_up(app, app.clock.now().minus(RETENTION)).await?;
    read_keys(app).await?;
    outage.note::<sqlx::Error>(&Ok(()));
    while let Some(moment) = calls.next().await? {
        read_keys(app).await?;
        insert_synced(app, moment, Moment(i64::MAX)).await?;
    }
    Ok(Hearing::Lost)
}

/// Reads the keys if they are not those that are known. A node whose master secret was replaced keeps what it has, and
/// serves no more.
pub async fn read_keys(app: &AppState) -> Result<(), sqlx::Error> {
    let looking = timeout(QUERY_TIMEOUT, app.store.key_set_version());
    let key_set_version = looking.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
    if key_set_version == app.key_ring.current().key_set_version || app.key_ring.is_secret_superseded() {
        return Ok(());
    }
    let reading = timeout(QUERY_TIMEOUT, app.store.keys());
    let stored = reading.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
    match app.key_ring.reload(stored, app.clock.now()) {
        Ok(()) | Err(Unusable::AnotherSecret) => Ok(()),
        Err(unusable) => Err(sqlx::Error::Decode(format!("the signing keys: {unusable:?}").into())),
    }
}

/// Reads the seconds since then of which not everything is known: most are looked at many times, and have nothing new.
async fn catch_up(app: &AppState, since: Moment) -> Result<(), sqlx::Error> {
    let begin = Moment(since.seconds() * 1000);
    let counting = timeout(QUERY_TIMEOUT, app.store.ends_by_second(begin));
    let seconds = counting.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
    for (second, number) in seconds {
        if !app.revocations.knows(second, number) {
            insert_synced(app, Moment(second * 1000), Moment((second + 1) * 1000)).await?;
        }
    }
    Ok(())
}

async fn insert_synced(app: &AppState, since: Moment, before: Moment) -> Result<(), sqlx::Error> {
    read(&app.store, since, before, |page| app.revocations.insert_synced(page)).await
}

/// Reads the ends in between, a page at a time.
async fn read(
    store: &Store,
    since: Moment,
    before: Moment,
    mut tell: impl FnMut(Vec<EndedSession>),
) -> Result<(), sqlx::Error> {
    let mut after = Cursor::before(since);
    loop {
        let reading = timeout(QUERY_TIMEOUT, store.ended_between(&after, before, PAGE));
        let page = reading.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
        let is_last = page.len() < PAGE;
        if let Some(last) = page.last() {
            after = last.cursor();
        }
        tell(page);
        if is_last {
            return Ok(());
        }
    }
}
