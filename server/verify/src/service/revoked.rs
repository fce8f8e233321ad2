//! The recently revoked sessions, as far as the feed has been read, and how complete they are.
//!
//! Entries expire by the monotonic clock, so setting the wall clock cannot bring a revoked session back.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock, RwLockReadGuard},
    time::Duration,
};

use tokio::time::Instant;

use crate::{MAX_TOKEN_LIFETIME, feed::FeedPage};

/// Bounds the memory: with more sessions than this, pages are rejected, so that the feed becomes stale.
const MAX_SESSIONS: usize = if cfg!(test) { 10_000 } else { 1_000_000 };
const MAX_SID_BYTES: usize = 128;
/// How long an entry is kept at most, in seconds: the lifetime of a token, and a margin for clock skew.
const MAX_RETENTION: i64 = MAX_TOKEN_LIFETIME + 120;
/// How far the `iat` of a page may be ahead of this service's clock, in seconds.
const MAX_CLOCK_SKEW: i64 = 5;
const SWEEP_INTERVAL: Duration = Duration::from_mins(1);

/// The set of revoked sessions, shared by all requests of a service.
#[derive(Default)]
pub(crate) struct RevokedSessions(RwLock<State>);

#[derive(Default)]
struct State {
    /// Session IDs, and when each entry expires.
    sessions: HashMap<Box<str>, Instant>,
    watermark: Option<Watermark>,
    swept_at: Option<Instant>,
    last_delay: Duration,
}

/// The time up to which the set is complete, by the wall clock and by the monotonic clock.
#[derive(Clone, Copy)]
struct Watermark {
    iat: i64,
    at: Instant,
}

/// The effect of a page.
#[derive(Debug)]
pub(crate) struct Applied {
    /// Whether the page revoked a session that was not in the set.
    pub(crate) has_changes: bool,
    /// How far the page is ahead of this service's clock, if that is too far to advance the watermark.
    pub(crate) seconds_ahead: Option<i64>,
}

/// The revocation status of one session.
pub(crate) struct SessionStatus {
    pub(crate) is_revoked: bool,
    /// See [`RevokedSessions::feed_age`].
    pub(crate) feed_age: Option<Duration>,
}

impl RevokedSessions {
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the sessions of a page that is genuine and continues the one before; `now` is the wall clock. A page that
    /// exceeds a limit changes nothing.
    pub(crate) fn apply(&self, page: &FeedPage, now: i64, at: Instant) -> Result<Applied, &'static str> {
        self.0.write().unwrap_or_else(PoisonError::into_inner).apply(page, now, at)
    }

    /// Whether a session is revoked, and how far that can be relied on.
    pub(crate) fn status(&self, sid: &str, now: i64, at: Instant) -> SessionStatus {
        let state = self.read();
        SessionStatus { is_revoked: state.contains(sid), feed_age: state.feed_age(now, at) }
    }

    /// The time since the watermark, by the clock that shows more: a session revoked in it may be missing. `None` before
    /// the first page.
    pub(crate) fn feed_age(&self, now: i64, at: Instant) -> Option<Duration> {
        self.read().feed_age(now, at)
    }

    pub(crate) fn len(&self) -> usize {
        self.read().sessions.len()
    }

    /// The age of the last page with changes when it arrived, in whole seconds and including the clock skew.
    pub(crate) fn last_delay(&self) -> Duration {
        self.read().last_delay
    }
}

impl State {
    fn contains(&self, sid: &str) -> bool {
        self.sessions.contains_key(sid)
    }

    fn apply(&mut self, page: &FeedPage, now: i64, at: Instant) -> Result<Applied, &'static str> {
        self.sweep(at);
        let new = page.revoked.iter().filter(|(sid, _)| !self.contains(sid)).count();
        if self.sessions.len() + new > MAX_SESSIONS {
            return Err("too many revoked sessions");
        }
        if page.revoked.iter().any(|(sid, _)| sid.len() > MAX_SID_BYTES) {
            return Err("session ID too long");
        }
        for (sid, until) in &page.revoked {
            // Both times are from Doorward's clock, so their difference is exact in spite of clock skew. Not after that clock
            // has jumped: then a session that ended before would be dropped too early.
            let has_jumped = is_ahead(page.iat, now);
            let retention =
                if has_jumped { MAX_RETENTION } else { until.saturating_sub(page.iat).clamp(0, MAX_RETENTION) };
            let expires_at = at + Duration::from_secs(retention.unsigned_abs());
            let entry = self.sessions.entry(sid.as_str().into()).or_insert(expires_at);
            *entry = expires_at.max(*entry);
        }
        let age = Duration::from_secs(now.saturating_sub(page.iat).max(0).unsigned_abs());
        if new > 0 {
            self.last_delay = age;
        }
        let seconds_ahead = self.advance_watermark(page.iat, now, at.checked_sub(age));
        Ok(Applied { has_changes: new > 0, seconds_ahead })
    }

    /// Advances the watermark to the time at which the page was made, not received: a proxy's cached copy proves no
    /// more. Leaves it alone, and gives the difference, if that time is in the future.
    fn advance_watermark(&mut self, iat: i64, now: i64, made_at: Option<Instant>) -> Option<i64> {
        if is_ahead(iat, now) {
            return Some(iat.saturating_sub(now));
        }
        // A watermark in the future is from before both clocks were set back; the page is newer.
        let is_newer = self.watermark.is_none_or(|last| iat >= last.iat || is_ahead(last.iat, now));
        if let Some(at) = made_at
            && is_newer
        {
            self.watermark = Some(Watermark { iat, at });
        }
        None
    }

    fn feed_age(&self, now: i64, at: Instant) -> Option<Duration> {
        // This service's clock was set back, and is behind what Doorward has shown. By such a clock, tokens of revoked
        // sessions that are no longer in the set would be valid again.
        let watermark = self.watermark.filter(|watermark| !is_ahead(watermark.iat, now))?;
        // The monotonic clock stops while a machine is suspended; the wall clock does not.
        let by_wall_clock = Duration::from_secs(now.saturating_sub(watermark.iat).max(0).unsigned_abs());
        // `iat` is in whole seconds, so up to one second of the difference is rounding.
        let by_wall_clock = by_wall_clock.saturating_sub(Duration::from_secs(1));
        Some(at.saturating_duration_since(watermark.at).max(by_wall_clock))
    }

    fn sweep(&mut self, at: Instant) {
        if self.swept_at.is_none_or(|swept_at| at - swept_at >= SWEEP_INTERVAL) {
            self.sessions.retain(|_, expires_at| *expires_at > at);
            self.swept_at = Some(at);
        }
    }
}

/// Whether a page is from the future.
fn is_ahead(iat: i64, now: i64) -> bool {
    iat > now.saturating_add(MAX_CLOCK_SKEW)
}
