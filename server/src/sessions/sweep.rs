//! Sweeps: record the expiry of sessions that no request records.

use std::time::Duration;

use super::{
    Sessions,
    expiry::{MAX_WRITE_LAG, record_expiry},
};
use crate::clock::{Clock, Moment};

/// Minimum age of a recorded expiry: the clocks of nodes differ a little, and uses on other nodes take a second to reach
/// the database.
const MIN_AGE: Duration = Duration::from_mins(1);

/// A clock that has advanced by more than this beyond the uptime has been set.
const MAX_DRIFT: Duration = Duration::from_mins(1);

/// For how long sweeps are suspended after the clock has jumped forward.
const SUSPENSION: Duration = Duration::from_hours(1);

/// Records expiries older than `MIN_AGE`.
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
    loop {
        let candidates = sessions.store.expiry_candidates(before, tokens_until).await?;
        if candidates.is_empty() {
            return Ok(());
        }
        for session_id in candidates {
            if record_expiry(sessions, &session_id, before).await?.is_none() {
                sessions.store.postpone_expiry(&session_id).await?;
            }
        }
    }
}

/// Detects jumps of the clock, because a sweep at a wrong time cannot be undone.
///
/// After a jump forward, sweeps are suspended for an hour: by then the clock has been corrected, or the jump was the
/// correction. A clock that is wrong at the start is not detected.
pub struct ClockWatch {
    clock: Clock,
    seen: (Moment, Duration),
    jumped_at: Option<Duration>,
}

impl ClockWatch {
    pub fn new(clock: Clock) -> Self {
        Self { seen: (clock.now(), clock.uptime()), jumped_at: None, clock }
    }

    /// Whether the clock has been steady for long enough. Must be called often: a jump is detected between two calls.
    pub fn is_steady(&mut self) -> bool {
        let (now, uptime) = (self.clock.now(), self.clock.uptime());
        let (then, at) = std::mem::replace(&mut self.seen, (now, uptime));
        if now > then.plus(uptime.saturating_sub(at)).plus(MAX_DRIFT) {
            tracing::warn!("the clock has jumped forward; sweeps are suspended for an hour");
            self.jumped_at = Some(uptime);
        }
        self.jumped_at.is_none_or(|jumped_at| uptime.saturating_sub(jumped_at) >= SUSPENSION)
    }
}
