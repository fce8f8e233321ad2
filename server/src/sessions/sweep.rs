//! Sweeps: record the expiry of sessions that no request records.

use std::time::Duration;

use super::{
    Sessions,
    expiry::{MAX_WRITE_LAG, record_expiry},
};
use crate::clock::Moment;

/// Minimum age of a recorded expiry: the clocks of nodes differ a little, and uses on other nodes take a second to reach
/// the database.
const MIN_AGE: Duration = Duration::from_mins(1);

/// Records expiries older than `MIN_AGE`, unless the clock is in doubt.
pub async fn sweep_expired(sessions: &Sessions) -> Result<(), sqlx::Error> {
    sweep(sessions, sessions.clock.now().minus(MIN_AGE), Moment(0)).await
}

/// Records expiries of recently shortened sessions at once, because their access tokens may still be valid.
pub async fn sweep_shortened(sessions: &Sessions) -> Result<(), sqlx::Error> {
    let lag = if sessions.store.is_shared() { MAX_WRITE_LAG } else { Duration::ZERO };
    let before = sessions.clock.now().minus(lag);
    sweep(sessions, before, before).await
}

/// Records expiries before `before`, of sessions whose access tokens may be valid until `tokens_until` or later. One
/// transaction per session, so that requests do not wait for the whole sweep.
async fn sweep(sessions: &Sessions, before: Moment, tokens_until: Moment) -> Result<(), sqlx::Error> {
    while sessions.clock_trust.is_trusted() {
        if !sweep_page(sessions, before, tokens_until).await? {
            break;
        }
    }
    Ok(())
}

/// Records what had expired by `trusted`, a time of day from before the clock was set back. Otherwise such sessions would be
/// live again until the clock has caught up.
pub async fn sweep_before_set_back(sessions: &Sessions, trusted: Moment) -> Result<(), sqlx::Error> {
    let lag = if sessions.store.is_shared() { MAX_WRITE_LAG } else { Duration::ZERO };
    while sweep_page(sessions, trusted.minus(lag), Moment(0)).await? {}
    Ok(())
}

/// Whether there was something to do.
async fn sweep_page(sessions: &Sessions, before: Moment, tokens_until: Moment) -> Result<bool, sqlx::Error> {
    let candidates = sessions.store.expiry_candidates(before, tokens_until).await?;
    for session_id in &candidates {
        if record_expiry(sessions, session_id, before, Moment(i64::MIN)).await?.is_none() {
            sessions.store.postpone_expiry(session_id).await?;
        }
    }
    Ok(!candidates.is_empty())
}
