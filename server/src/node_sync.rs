//! Sync between nodes: reads the revocations and the keys that other nodes and the command line have written.
//!
//! By polling the database four times a second and, on Postgres, by notifications; each is sufficient alone. A node whose
//! last successful poll is too old rejects requests ([`RevocationStatus::Unavailable`]) until one succeeds.
//!
//! [`RevocationStatus::Unavailable`]: crate::revocation::set::RevocationStatus::Unavailable

use std::time::Duration;

use tokio::time::sleep;

use crate::{
    clock::every, keys::reload::reload, log_once::FailureLog, revocation::sync::RevocationSync,
    service_manager::Watchdog, state::AppState,
};

/// Short enough for revocations to take effect within a second without a notification.
const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// Interval between full polls, which also find ends dated further back by a node with a slow clock.
const FULL_POLL_INTERVAL: Duration = Duration::from_mins(1);

/// Never returns.
pub async fn run(app: &AppState) {
    app.revocations.require_polls();
    tokio::join!(poll(app), listen(app), app.revocations.write_waiting_bars());
}

fn revocations(app: &AppState) -> RevocationSync<'_> {
    RevocationSync { store: &app.store, revocations: &app.revocations, clock: &app.clock }
}

/// Polls the database. Never returns.
pub async fn poll(app: &AppState) {
    let mut tick = every(POLL_INTERVAL);
    let mut watchdog = Watchdog::of_environment();
    let mut failures = FailureLog::new("sync of revocations and keys");
    let (mut polled_at, mut full_poll_due) = (app.clock.now(), app.clock.uptime());
    loop {
        tick.tick().await;
        // Also while the database is away: a restart would not bring it back.
        watchdog.feed(app.clock.uptime());
        let (now, uptime) = (app.clock.now(), app.clock.uptime());
        let is_full = uptime >= full_poll_due;
        let polled = async {
            reload(&app.store, &app.key_ring, now).await?;
            revocations(app).poll(polled_at, is_full).await
        };
        if failures.record(&polled.await) {
            polled_at = now;
            full_poll_due = if is_full { uptime + FULL_POLL_INTERVAL } else { full_poll_due };
            app.revocations.polled(uptime, now);
        }
    }
}

/// Listens for notifications where the database has them, and reads what was missed whenever the connection was lost.
pub async fn listen(app: &AppState) {
    let mut failures = FailureLog::new("listening for notifications of other nodes");
    loop {
        match listen_once(app, &mut failures).await {
            Ok(Listening::Unsupported) => return,
            Ok(Listening::ConnectionLost) => tracing::info!("notification connection lost; reconnecting"),
            Err(error) => {
                failures.record(&Err(error));
            }
        }
        sleep(POLL_INTERVAL).await;
    }
}

enum Listening {
    Unsupported,
    ConnectionLost,
}

async fn listen_once(app: &AppState, failures: &mut FailureLog) -> Result<Listening, sqlx::Error> {
    let Some(mut notifications) = app.store.listen().await? else { return Ok(Listening::Unsupported) };
    // Catches up on notifications missed while disconnected.
    revocations(app).read_all().await?;
    reload(&app.store, &app.key_ring, app.clock.now()).await?;
    failures.record::<sqlx::Error>(&Ok(()));
    while let Some(moment) = notifications.next().await? {
        reload(&app.store, &app.key_ring, app.clock.now()).await?;
        revocations(app).read_since(moment).await?;
    }
    Ok(Listening::ConnectionLost)
}
