//! Sweeps: records the expiry of sessions that are not asked for.

use std::time::Duration;

use super::{
    Sessions,
    expiry::{MAX_WRITE_LAG, record_expiry},
};
use crate::clock::{Clock, Moment};

/// A sweep records expiries that are at least this old: the clocks of nodes differ a little, and uses on other nodes take a
/// second to reach the database.
const MIN_AGE: Duration = Duration::from_mins(1);

/// A clock that differs by more than this from the time that has passed has been set.
const MAX_DRIFT: Duration = Duration::from_mins(1);

/// For how long the clock is not trusted after a leap forward.
const DISTRUST: Duration = Duration::from_hours(1);

/// Records what expired a while ago.
pub async fn sweep_expired(sessions: &Sessions) -> Result<(), sqlx::Error> {
    sweep(sessions, sessions.clock.now().minus(MIN_AGE), Moment(0)).await
}

/// Records what has expired of the sessions that were shortened lately: their access tokens may still be valid.
pub async fn sweep_shortened(sessions: &Sessions) -> Result<(), sqlx::Error> {
    let lag = if sessions.store.is_shared() { MAX_WRITE_LAG } else { Duration::ZERO };
    let before = sessions.clock.now().minus(lag);
    sweep(sessions, before, before).await
}

/// Records expiries before `before`, of sessions whose access tokens may be valid until `tokens_until` or later. Each in a
/// transaction of its own, so that no request waits for all of them.
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

/// Watches the time of day, because what is ended or deleted at a wrong one stays so.
///
/// After a leap forward the clock is not trusted for an hour: by then it has been set right, or the leap was the correction.
/// A clock that is wrong when the server starts is trusted.
pub struct ClockWatch {
    clock: Clock,
    seen: (Moment, Duration),
    leapt_at: Option<Duration>,
}

impl ClockWatch {
    pub fn new(clock: Clock) -> Self {
        Self { seen: (clock.now(), clock.uptime()), leapt_at: None, clock }
    }

    /// Whether the clock has run steadily for long enough. Must be called often, because a leap shows only between calls.
    pub fn is_steady(&mut self) -> bool {
        let (now, uptime) = (self.clock.now(), self.clock.uptime());
        let (then, at) = std::mem::replace(&mut self.seen, (now, uptime));
        if now > then.plus(uptime.saturating_sub(at)).plus(MAX_DRIFT) {
            tracing::warn!("the clock has leapt forward; sweeps are suspended for an hour");
            self.leapt_at = Some(uptime);
        }
        self.leapt_at.is_none_or(|leapt_at| uptime.saturating_sub(leapt_at) >= DISTRUST)
    }
}
