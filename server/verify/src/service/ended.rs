//! The sessions that ended lately, as far as the feed has told, and how sure that is.
//!
//! Only the steady clock decides when a session is forgotten: whoever sets the time of day revives nothing.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

use crate::{LONGEST_LIFE, feed::Revocations};

/// More sessions than that are not held: a service that would have to is not sure any more, and says so.
const MOST: usize = if cfg!(test) { 10_000 } else { 1_000_000 };
const LONGEST_SID: usize = 128;
/// Nothing needs to be remembered longer than a token can live, and a while for clocks that differ.
const LONGEST: i64 = LONGEST_LIFE + 120;
/// How much later than this service's clock a document may say that it is.
const AHEAD: i64 = 5;
const BETWEEN_SWEEPS: Duration = Duration::from_mins(1);

/// The state of one service.
#[derive(Default)]
pub(crate) struct Ended {
    /// Each session with the moment at which it can be forgotten.
    sessions: HashMap<Box<str>, Instant>,
    confirmed: Option<Confirmed>,
    swept: Option<Instant>,
    delay: Duration,
    ahead: Option<i64>,
}

/// The newest moment up to which nothing is missing, by both clocks.
#[derive(Clone, Copy)]
struct Confirmed {
    iat: i64,
    at: Instant,
}

impl Ended {
    /// Takes in a document that is known to be genuine and to go on where the last one ended; `now` is the time of day.
    /// Says whether there was anything new. A document that cannot be held is left alone, and confirms nothing.
    pub(crate) fn learn(&mut self, document: &Revocations, now: i64, at: Instant) -> Result<bool, &'static str> {
        self.sweep(at);
        let new = document.revoked.iter().filter(|(sid, _)| !self.contains(sid)).count();
        if self.sessions.len() + new > MOST {
            return Err("more sessions ended lately than can be held");
        }
        if document.revoked.iter().any(|(sid, _)| sid.len() > LONGEST_SID) {
            return Err("the id of a session is too long");
        }
        for (sid, until) in &document.revoked {
            // Both times are Doorward's, so the difference needs no agreement of clocks.
            let left = until.saturating_sub(document.iat).clamp(0, LONGEST);
            let forget_at = at + Duration::from_secs(left.unsigned_abs());
            let known = self.sessions.entry(sid.as_str().into()).or_insert(forget_at);
            *known = forget_at.max(*known);
        }
        let age = Duration::from_secs(now.saturating_sub(document.iat).max(0).unsigned_abs());
        if new > 0 {
            self.delay = age;
        }
        self.confirm(document.iat, now, at.checked_sub(age));
        Ok(new > 0)
    }

    /// A copy that a proxy has kept confirms no more than the moment at which it was made.
    fn confirm(&mut self, iat: i64, now: i64, at: Option<Instant>) {
        let is_ahead = |iat: i64| iat > now.saturating_add(AHEAD);
        self.ahead = is_ahead(iat).then(|| iat.saturating_sub(now));
        // What was confirmed in a time that is still to come was confirmed before both clocks were set back.
        let is_newer = self.confirmed.is_none_or(|last| iat >= last.iat || is_ahead(last.iat));
        if let Some(at) = at
            && is_newer
            && !is_ahead(iat)
        {
            self.confirmed = Some(Confirmed { iat, at });
        }
    }

    /// By how many seconds the last document was ahead of this service's clock, if it could confirm nothing for that.
    pub(crate) fn ahead(&self) -> Option<i64> {
        self.ahead
    }

    /// Whether the feed has told that this session is over.
    pub(crate) fn contains(&self, sid: &str) -> bool {
        self.sessions.contains_key(sid)
    }

    /// For how long an end may have been missed, by whichever clock says more; `None` when nothing was ever confirmed.
    pub(crate) fn age(&self, now: i64, at: Instant) -> Option<Duration> {
        let Confirmed { iat, at: confirmed_at } = self.confirmed?;
        // The steady clock stands still in a machine that sleeps.
        let by_day = Duration::from_secs(now.saturating_sub(iat).max(0).unsigned_abs());
        // A document tells whole seconds, so the first of them is nobody's delay.
        Some(at.saturating_duration_since(confirmed_at).max(by_day.saturating_sub(Duration::from_secs(1))))
    }

    /// How many sessions are held.
    pub(crate) fn len(&self) -> usize {
        self.sessions.len()
    }

    /// How long the last news was on its way, in whole seconds and as far as the two clocks agree.
    pub(crate) fn delay(&self) -> Duration {
        self.delay
    }

    fn sweep(&mut self, at: Instant) {
        if self.swept.is_none_or(|swept| at - swept >= BETWEEN_SWEEPS) {
            self.sessions.retain(|_, forget_at| *forget_at > at);
            self.swept = Some(at);
        }
    }
}
