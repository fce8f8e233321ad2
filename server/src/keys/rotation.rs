//! Replaces keys when their time has come, and retires those that have nothing left to check.
//!
//! Every node does, and they need not agree on who: the generation of a key is its primary key, so of any number of nodes
//! that add the next one at the same time one adds it, and the others read it.

use std::time::Duration;

use crate::{
    clock::every,
    keys::schedule::{CHECKS_ON, KeySchedule},
    log_once::FailureLog,
    revocation::sync,
    state::AppState,
};

/// Between two questions whether a key is to be replaced: a small part of its schedule.
const LEAST: Duration = Duration::from_millis(250);
const MOST: Duration = Duration::from_mins(1);

/// How long a key is remembered after it has been retired.
const KEPT: Duration = Duration::from_hours(24);

/// Runs for ever.
pub async fn run(app: &AppState) {
    let mut tick = every((app.config.key_lifetime / 20).clamp(LEAST, MOST));
    let mut outage = FailureLog::new("the signing key is not replaced");
    loop {
        tick.tick().await;
        outage.note(&replace_if_due(app).await);
    }
}

/// Publishes the next key if it is time to.
pub async fn replace_if_due(app: &AppState) -> Result<(), sqlx::Error> {
    let schedule = KeySchedule(app.config.key_lifetime);
    let (keys, now) = (app.key_ring.current(), app.clock.now());
    if app.key_ring.is_secret_superseded() || !schedule.is_due(keys.newest().signs_from, now) {
        return Ok(());
    }
    let next = app.key_ring.generate(keys.newest().generation + 1, now, now.plus(schedule.publish_lead_time()));
    if app.store.add_key(&next).await? {
        tracing::info!(kid = next.kid, "a new key is published, and soon signs");
    }
    sync::read_keys(app).await
}

/// Retires the keys whose last token has ended, and forgets what was retired long ago. Not to be done at a wrong time of
/// day: what is retired stays so.
pub async fn retire(app: &AppState) -> Result<(), sqlx::Error> {
    let now = app.clock.now();
    app.store.retire_keys(now.minus(CHECKS_ON), now).await?;
    app.store.sweep_keys(now.minus(KEPT)).await?;
    sync::read_keys(app).await
}
