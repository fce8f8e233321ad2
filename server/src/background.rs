//! What happens beside the requests: last uses are written, what is over is swept, keys are replaced, other nodes are
//! followed.

use std::time::Duration;

use crate::{
    clock::every,
    keys::rotation,
    log_once::FailureLog,
    revocation::sync,
    sessions::{expiry, policy_migration},
    state::AppState,
};

/// Between two batches of last uses. A crash loses at most this much of them.
const WRITING: Duration = Duration::from_secs(1);

/// Between two sweeps.
const SWEEPING: Duration = Duration::from_mins(1);

const DAY: Duration = Duration::from_hours(24);

/// How long sessions are remembered after their end.
const SESSIONS_KEPT: Duration = DAY.saturating_mul(30);

/// How long failures are remembered after the allowance is whole again, so that guessing slowly gains nothing.
const FAILURES_KEPT: Duration = DAY.saturating_mul(30);

/// Runs for ever.
pub async fn run(app: AppState) {
    let told = app.revocations.feed().tell();
    let follow = sync::run(&app);
    let policies = async {
        apply_policies(&app).await;
        end_shortened(&app).await;
    };
    let writes = app.readiness.watch();
    tokio::join!(write_uses(&app), sweep(&app), follow, rotation::run(&app), policies, told, writes);
}

/// Once, as soon as the database can be reached. Meanwhile refreshes and session cookies are held to the policies as they come.
async fn apply_policies(app: &AppState) {
    let mut outage = FailureLog::new("live sessions are not brought under the policies");
    while !outage.note(&policy_migration::apply(app).await) {
        tokio::time::sleep(WRITING).await;
    }
}

async fn end_shortened(app: &AppState) {
    let mut tick = every(WRITING);
    let mut outage = FailureLog::new("sessions that were shortened are not ended");
    loop {
        tick.tick().await;
        outage.note(&expiry::sweep_shortened(app).await);
    }
}

async fn write_uses(app: &AppState) {
    let mut tick = every(WRITING);
    let mut outage = FailureLog::new("last uses are not written, and stay in memory");
    loop {
        tick.tick().await;
        outage.note(&flush(app).await);
    }
}

/// Writes the last uses gathered so far; at a stop, too.
pub async fn flush(app: &AppState) -> Result<(), sqlx::Error> {
    let batch = app.last_used.unwritten();
    app.store.record_uses(&batch).await?;
    app.last_used.written(&batch);
    Ok(())
}

async fn sweep(app: &AppState) {
    let mut tick = every(SWEEPING);
    let mut watch = expiry::Watch::new(app.clock.clone());
    loop {
        tick.tick().await;
        app.revocations.sweep();
        app.limiter.sweep();
        if !watch.is_steady() {
            continue;
        }
        if let Err(error) = sweep_store(app).await {
            tracing::warn!(%error, "old rows are not swept this time");
        }
    }
}

/// Ends what is over, and forgets what is too old, once.
pub async fn sweep_store(app: &AppState) -> Result<(), sqlx::Error> {
    // First what this process knows of uses: a session that has one is not over.
    flush(app).await?;
    expiry::sweep(app).await?;
    rotation::retire(app).await?;
    let now = app.clock.now();
    while app.store.sweep_sessions(now.minus(SESSIONS_KEPT)).await? > 0 {
        tokio::task::yield_now().await;
    }
    while app.store.sweep_events(now.minus(app.config.events_kept)).await? > 0 {
        tokio::task::yield_now().await;
    }
    app.store.sweep_attempts(now.minus(FAILURES_KEPT)).await
}
