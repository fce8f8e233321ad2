//! Background jobs: flush last-used times, expire sessions, clean up old rows, rotate keys, sync with other nodes, watch
//! the database.

use std::time::Duration;

use crate::{
    clock::every,
    log_once::{FailureLog, FailureSummary},
    login::params_in_use::HashCost,
    node_sync,
    sessions::{
        policy_migration,
        sweep::{ClockWatch, sweep_expired, sweep_shortened},
    },
    state::AppState,
};

/// Interval between batches of last-used times. A crash loses at most this much of them.
const FLUSH_INTERVAL: Duration = Duration::from_secs(1);

const SWEEP_INTERVAL: Duration = Duration::from_mins(1);

const DAY: Duration = Duration::from_hours(24);

/// How long sessions stay in the database after their end.
const SESSION_RETENTION: Duration = DAY.saturating_mul(30);

/// How long failed logins count after the whole allowance is available again, so that slow guessing gains nothing.
const FAILURE_RETENTION: Duration = DAY.saturating_mul(30);

/// The same for fewer failures than are allowed at once: strangers can cause one for any number of emails.
const FEW_FAILURES_RETENTION: Duration = DAY.saturating_mul(7);

/// Never returns.
pub async fn run(app: AppState) {
    let policies = async {
        migrate_policies(&app).await;
        end_shortened(&app).await;
    };
    tokio::join!(
        flush_last_used(&app),
        sweep(&app),
        node_sync::run(&app),
        app.key_rotation.run(),
        policies,
        app.revocations.feed().publish(),
        app.readiness.watch(),
        summarize_failed_requests(&app),
    );
}

async fn summarize_failed_requests(app: &AppState) {
    let mut tick = every(FailureSummary::PERIOD);
    loop {
        tick.tick().await;
        app.failed_requests.flush();
        app.refusals.flush();
    }
}

/// Runs once, as soon as the database responds. Until then, each refresh and each use of a session cookie applies the
/// policy to its session.
async fn migrate_policies(app: &AppState) {
    let mut failures = FailureLog::new("migration of live sessions to the policies");
    while !failures.note(&policy_migration::migrate(&app.sessions).await) {
        tokio::time::sleep(FLUSH_INTERVAL).await;
    }
}

async fn end_shortened(app: &AppState) {
    let mut tick = every(FLUSH_INTERVAL);
    let mut failures = FailureLog::new("sweep of shortened sessions");
    loop {
        tick.tick().await;
        failures.note(&sweep_shortened(&app.sessions).await);
    }
}

async fn flush_last_used(app: &AppState) {
    let mut tick = every(FLUSH_INTERVAL);
    let mut failures = FailureLog::new("flush of last-used times");
    loop {
        tick.tick().await;
        failures.note(&flush(app).await);
    }
}

/// Writes the buffered last-used times; also called at shutdown.
pub async fn flush(app: &AppState) -> Result<(), sqlx::Error> {
    app.sessions.last_used.flush(&app.store).await
}

async fn sweep(app: &AppState) {
    let mut tick = every(SWEEP_INTERVAL);
    let mut watch = ClockWatch::new(app.clock.clone());
    let mut failures = FailureLog::new("sweep of the database");
    loop {
        tick.tick().await;
        app.revocations.prune();
        app.limiter.sweep();
        if !watch.is_steady() {
            continue;
        }
        failures.note(&sweep_store(app).await);
    }
}

/// Database cleanup: records expiries, and deletes old sessions, audit events, keys and rate limit buckets.
pub async fn sweep_store(app: &AppState) -> Result<(), sqlx::Error> {
    // Uses that are still buffered come first: a session that was used has not expired.
    flush(app).await?;
    sweep_expired(&app.sessions).await?;
    app.key_rotation.retire().await?;
    let now = app.clock.now();
    while app.store.delete_sessions(now.minus(SESSION_RETENTION)).await? > 0 {
        tokio::task::yield_now().await;
    }
    while app.store.delete_events(now.minus(app.config.events_kept)).await? > 0 {
        tokio::task::yield_now().await;
    }
    let few = app.config.login_attempts.on().map_or(0, |limit| limit.attempts.get().into());
    for (retention, failures) in [(FEW_FAILURES_RETENTION, few), (FAILURE_RETENTION, i64::MAX)] {
        while app.store.delete_refilled_buckets(now.minus(retention), failures).await? > 0 {
            tokio::task::yield_now().await;
        }
    }
    let in_use = app.store.hash_params_in_use().await?;
    app.password_hasher.set_params_in_use(&in_use.iter().filter_map(|text| HashCost::parse(text)).collect::<Vec<_>>());
    Ok(())
}
