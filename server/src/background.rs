//! Background jobs: flush last-used times, expire sessions, clean up old rows, rotate keys, sync with other nodes, watch
//! the database.

use std::time::Duration;

use tokio::time::timeout;

use crate::{
    clock::{Moment, every},
    log_once::{FailureLog, FailureSummary},
    login::{attempt::MAIL_LIMIT_RETENTION, challenges, params_in_use::HashCost},
    model::{session::IP_RETENTION, totp::SETUP_LIFETIME},
    node_sync,
    revocation::denylist,
    sessions::{
        policy_migration,
        sweep::{sweep_before_set_back, sweep_expired, sweep_shortened},
    },
    state::AppState,
    users::{deletion, factor_reset},
};

/// Interval between batches of last-used times.
const FLUSH_INTERVAL: Duration = Duration::from_secs(1);

/// Maximum duration of the flush when the server stops.
const MAX_FINAL_FLUSH: Duration = Duration::from_secs(5);

const CLEANUP_INTERVAL: Duration = Duration::from_mins(1);

const DAY: Duration = Duration::from_hours(24);

/// How long sessions stay in the database after their end.
const SESSION_RETENTION: Duration = DAY.saturating_mul(30);

/// How long failed logins count after the whole allowance is available again, so that slow guessing gains nothing.
const FAILURE_RETENTION: Duration = DAY.saturating_mul(30);

/// The same for fewer failures than are allowed at once: strangers can cause one for any number of emails.
const FEW_FAILURES_RETENTION: Duration = DAY.saturating_mul(7);

/// Never returns.
pub async fn run(app: AppState) {
    tokio::join!(
        flush_last_used(&app),
        clean_up(&app),
        watch_clock(&app),
        node_sync::run(&app),
        watch_valkey(&app),
        app.key_rotation.run(),
        migrate_policies(&app),
        end_shortened(&app),
        app.revocations.feed().publish(),
        app.readiness.watch(),
        summarize_failed_requests(&app),
    );
}

/// Says at the start what is wrong with Valkey, and writes the denylist.
async fn watch_valkey(app: &AppState) {
    // The log has its error.
    drop(app.valkey.check().await);
    denylist::run(&app.valkey, &app.revocations, &app.clock).await;
}

async fn summarize_failed_requests(app: &AppState) {
    let mut tick = every(FailureSummary::PERIOD);
    loop {
        tick.tick().await;
        app.failed_requests.flush();
        app.refusals.flush();
    }
}

/// Runs as soon as the database responds, and again whenever the clock can be trusted again. Until then, each refresh and
/// each use of a session cookie applies the policy to its session.
async fn migrate_policies(app: &AppState) {
    let mut trusted = app.sessions.clock_trust.subscribe();
    let mut failures = FailureLog::new("migration of live sessions to the policies");
    loop {
        while !failures.record(&migrate_once(app).await) {
            tokio::time::sleep(FLUSH_INTERVAL).await;
        }
        if trusted.changed().await.is_err() {
            return;
        }
    }
}

/// Migrates the live sessions. If some were dated in the future, it also rotates the key: access tokens from then would
/// become valid one day, even if their sessions have ended, but not without their key.
pub async fn migrate_once(app: &AppState) -> Result<(), sqlx::Error> {
    if policy_migration::migrate(&app.sessions).await?.redated > 0 {
        app.key_rotation.rotate().await?;
    }
    Ok(())
}

async fn end_shortened(app: &AppState) {
    let mut tick = every(FLUSH_INTERVAL);
    let mut failures = FailureLog::new("sweep of shortened sessions");
    loop {
        tick.tick().await;
        failures.record(&sweep_shortened(&app.sessions).await);
    }
}

async fn flush_last_used(app: &AppState) {
    let mut tick = every(FLUSH_INTERVAL);
    let mut failures = FailureLog::new("flush of last-used times");
    loop {
        tick.tick().await;
        failures.record(&flush(app).await);
    }
}

async fn flush(app: &AppState) -> Result<(), sqlx::Error> {
    app.sessions.last_used.flush_due(&app.store, app.clock.now()).await
}

/// Writes the time for the next start, and what is buffered, at shutdown.
pub async fn flush_all(app: &AppState) -> Result<(), sqlx::Error> {
    // First, because it is one write.
    let stored = store_trusted_time(app).await;
    let last_used = &app.sessions.last_used;
    if let Ok(flushed) = timeout(MAX_FINAL_FLUSH, last_used.flush(&app.store, app.clock.now())).await {
        flushed?;
    } else {
        tracing::warn!(
            sessions = last_used.len(),
            "the last uses of some sessions were not written in time; they idle up to a hundredth of their timeout earlier"
        );
    }
    stored
}

/// Leaves the time of day for the next start, if it can be trusted.
pub async fn store_trusted_time(app: &AppState) -> Result<(), sqlx::Error> {
    if app.sessions.clock_trust.is_trusted() {
        app.store.set_trusted_time(app.clock.now()).await?;
    }
    Ok(())
}

/// Detects jumps of the clock, and records what had expired before it was set back.
async fn watch_clock(app: &AppState) {
    let mut tick = every(FLUSH_INTERVAL);
    let mut failures = FailureLog::new("sweep of sessions that expired before the clock was set back");
    let mut set_back = None;
    loop {
        tick.tick().await;
        set_back = set_back.max(app.sessions.clock_trust.take_set_back());
        if let Some(trusted) = set_back
            && failures.record(&sweep_before_set_back(&app.sessions, trusted).await)
        {
            set_back = None;
        }
    }
}

async fn clean_up(app: &AppState) {
    let mut tick = every(CLEANUP_INTERVAL);
    let mut failures = FailureLog::new("database cleanup");
    loop {
        tick.tick().await;
        app.revocations.prune();
        app.limiter.sweep();
        failures.record(&clean_up_store(app).await);
    }
}

/// Removes second factors for which that is due. The request that asked for it may have had another language.
async fn reset_due_factors(app: &AppState, now: Moment) -> Result<bool, sqlx::Error> {
    let language = app.config.language.unwrap_or_default();
    let Some(ended) = factor_reset::reset_due(&app.store, &app.notices(), language, now).await? else {
        return Ok(false);
    };
    app.revocations.add(ended).await;
    Ok(true)
}

/// Database cleanup: records expiries, deletes users whose deletion is final, old sessions, addresses, audit events, tickets, registrations, used challenges, keys and rate
/// limit buckets, and indexes users from before the search. While the clock is in doubt, it neither records nor deletes.
pub async fn clean_up_store(app: &AppState) -> Result<(), sqlx::Error> {
    // Uses that are due come first: a session that was used has not expired.
    flush(app).await?;
    let trust = &app.sessions.clock_trust;
    trust.compare(app.store.trusted_time().await?);
    store_trusted_time(app).await?;
    sweep_expired(&app.sessions).await?;
    let now = app.clock.now();
    if trust.is_trusted() {
        app.key_rotation.retire().await?;
    }
    while trust.is_trusted() && app.store.delete_sessions(now.minus(SESSION_RETENTION)).await? > 0 {
        tokio::task::yield_now().await;
    }
    while trust.is_trusted() && app.store.delete_addresses(now.minus(IP_RETENTION), now).await? > 0 {
        tokio::task::yield_now().await;
    }
    while trust.is_trusted() && app.store.delete_events(now.minus(app.config.events_kept)).await? > 0 {
        tokio::task::yield_now().await;
    }
    while trust.is_trusted() && deletion::delete_due(&app.store, now).await? {
        tokio::task::yield_now().await;
    }
    while trust.is_trusted() && reset_due_factors(app, now).await? {
        tokio::task::yield_now().await;
    }
    while trust.is_trusted() && app.store.delete_tickets(now).await? > 0 {
        tokio::task::yield_now().await;
    }
    while trust.is_trusted() && app.store.delete_unfinished_totp_seeds(now.minus(SETUP_LIFETIME)).await? > 0 {
        tokio::task::yield_now().await;
    }
    while trust.is_trusted() && app.store.delete_registrations(now).await? > 0 {
        tokio::task::yield_now().await;
    }
    while trust.is_trusted() && app.store.delete_pending_logins(now).await? > 0 {
        tokio::task::yield_now().await;
    }
    // Later than they expire: the clock of another node may be behind.
    while trust.is_trusted() && app.store.delete_used_challenges(now.minus(challenges::LIFETIME)).await? > 0 {
        tokio::task::yield_now().await;
    }
    if trust.is_trusted() {
        let few = app.limiter.limit().map_or(0, |limit| limit.attempts.get().into());
        for (retention, failures) in [(FEW_FAILURES_RETENTION, few), (FAILURE_RETENTION, i64::MAX)] {
            while app.store.delete_refilled_buckets(now.minus(retention), failures).await? > 0 {
                tokio::task::yield_now().await;
            }
        }
    }
    if trust.is_trusted() {
        while app.store.delete_mail_limits(now.minus(MAIL_LIMIT_RETENTION)).await? > 0 {
            tokio::task::yield_now().await;
        }
        app.mail_sender.clean_up().await?;
    }
    let in_use = app.store.hash_params_in_use().await?;
    app.password_hasher.set_params_in_use(&in_use.iter().filter_map(|text| HashCost::parse(text)).collect::<Vec<_>>());
    while app.store.index_users().await? > 0 {
        tokio::task::yield_now().await;
    }
    Ok(())
}
