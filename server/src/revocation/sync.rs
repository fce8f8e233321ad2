//! Follows the ends of sessions, and the keys, that other nodes and the command line write into the database.
//!
//! Two ways, and each would do: the database is read four times a second, and on Postgres it calls at once. A node that could
//! not read for too long knows that it does not know, and lets nobody in ([`Standing::Unsure`](crate::revocation::set::Standing)).

use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::{
    clock::{Moment, every},
    keys::key_ring::Unusable,
    log_once::Outage,
    model::session::Ended,
    revocation::set::{Position, READ_BACK, REMEMBERED, Revocations},
    state::AppState,
    store::Store,
};

/// Between two looks: with it, the bound of one second holds even where no call is heard.
const LOOKING: Duration = Duration::from_millis(250);

/// Each look goes back behind the last one by this much: for transactions that took long to commit after they had read
/// the time, and for nodes whose clocks differ.
const OVERLAP: Duration = Duration::from_secs(10);

/// A page that takes longer has failed.
const PATIENCE: Duration = Duration::from_millis(1500);

/// So many ends at a time: however many there are, what is held at once is small, and other readers get their turns.
const PAGE: usize = 1000;

/// Before the first request: what ended before this process began.
pub async fn begin(store: &Store, revocations: &Revocations, now: Moment) -> Result<(), sqlx::Error> {
    read(store, now.minus(READ_BACK), Moment(i64::MAX), |page| revocations.remember(page)).await
}

/// Runs for ever.
pub async fn run(app: &AppState) {
    app.revocations.is_followed();
    tokio::join!(look(app), listen(app));
}

/// Looks into the database again and again: enough by itself.
pub async fn look(app: &AppState) {
    let mut tick = every(LOOKING);
    let mut outage = Outage::of("the ends of sessions and the keys cannot be read");
    let mut looked_at = app.clock.now().minus(REMEMBERED);
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
    let mut outage = Outage::of("the calls of other nodes cannot be heard");
    loop {
        match hear(app, &mut outage).await {
            Ok(Hearing::Nothing) => return,
            Ok(Hearing::Lost) => tracing::info!("the connection for calls of other nodes is lost; listening again"),
            Err(error) => {
                outage.note(&Err(error));
            }
        }
        sleep(LOOKING).await;
    }
}

enum Hearing {
    /// There is nothing to hear on this database.
    Nothing,
    /// There was, until the connection was lost.
    Lost,
}

async fn hear(app: &AppState, outage: &mut Outage) -> Result<Hearing, sqlx::Error> {
    let Some(mut calls) = app.store.listen().await? else { return Ok(Hearing::Nothing) };
    // Whatever was called while nobody listened.
    catch_up(app, app.clock.now().minus(REMEMBERED)).await?;
    read_keys(app).await?;
    outage.note::<sqlx::Error>(&Ok(()));
    while let Some(moment) = calls.next().await? {
        read_keys(app).await?;
        learn(app, moment, Moment(i64::MAX)).await?;
    }
    Ok(Hearing::Lost)
}

/// Reads the keys if they are not those that are known. A node whose master secret was replaced keeps what it has, and
/// serves no more.
pub async fn read_keys(app: &AppState) -> Result<(), sqlx::Error> {
    let looking = timeout(PATIENCE, app.store.edition());
    let edition = looking.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
    if edition == app.key_ring.current().edition || app.key_ring.is_lost() {
        return Ok(());
    }
    let reading = timeout(PATIENCE, app.store.keys());
    let stored = reading.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
    match app.key_ring.turn(stored, app.clock.now()) {
        Ok(()) | Err(Unusable::AnotherSecret) => Ok(()),
        Err(unusable) => Err(sqlx::Error::Decode(format!("the signing keys: {unusable:?}").into())),
    }
}

/// Reads the seconds since then of which not everything is known: most are looked at many times, and have nothing new.
async fn catch_up(app: &AppState, since: Moment) -> Result<(), sqlx::Error> {
    let begin = Moment(since.seconds() * 1000);
    let counting = timeout(PATIENCE, app.store.ends_by_second(begin));
    let seconds = counting.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
    for (second, number) in seconds {
        if !app.revocations.knows(second, number) {
            learn(app, Moment(second * 1000), Moment((second + 1) * 1000)).await?;
        }
    }
    Ok(())
}

async fn learn(app: &AppState, since: Moment, before: Moment) -> Result<(), sqlx::Error> {
    read(&app.store, since, before, |page| app.revocations.learn(page)).await
}

/// Reads the ends in between, a page at a time.
async fn read(
    store: &Store,
    since: Moment,
    before: Moment,
    mut tell: impl FnMut(Vec<Ended>),
) -> Result<(), sqlx::Error> {
    let mut after = Position::before(since);
    loop {
        let reading = timeout(PATIENCE, store.ended_between(&after, before, PAGE));
        let page = reading.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
        let is_last = page.len() < PAGE;
        if let Some(last) = page.last() {
            after = Position::of(last);
        }
        tell(page);
        if is_last {
            return Ok(());
        }
    }
}
