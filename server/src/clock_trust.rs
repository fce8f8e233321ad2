//! Whether the time of day can be trusted with what cannot be undone: recording expiries, deleting, retiring keys.
//!
//! ```text
//!   start ──▶ in doubt ──agrees with the last trusted time, or an hour without a jump──▶ trusted
//!                ▲                                                                          │
//!                └────────── a jump: the time of day has moved against the uptime ──────────┘
//! ```
//! A start counts as a jump, because the time of day may be wrong when a machine boots. In doubt, requests are rejected by
//! the time of day as usual, and nothing becomes final. Periods that lie entirely after the jump are certain even then:
//! its differences are right at any time of day.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

use crate::clock::{Clock, Moment};

/// More than this between two observations is a jump. A clock that is adjusted gradually moves by far less.
pub const MIN_JUMP: Duration = Duration::from_secs(2);

/// After this time without another jump, the time of day is trusted: by then it has been corrected, or was the correction.
pub const DOUBT_PERIOD: Duration = Duration::from_hours(1);

/// How exactly the time of day has to return to where it would be without a jump.
const RETURN_TOLERANCE: Duration = MIN_JUMP;

/// How far a stored time may be ahead: it may be from another node.
const MAX_NODE_SKEW: Duration = Duration::from_mins(1);

/// How far a stored time may be behind: the interval at which it is written, and a restart.
const MAX_STORED_AGE: Duration = Duration::from_mins(2);

/// The two clocks at one instant.
#[derive(Clone, Copy, Debug)]
struct Reading {
    now: Moment,
    uptime: Duration,
}

impl Reading {
    /// The time of day at another uptime if there is no jump in between.
    fn at(self, uptime: Duration) -> Moment {
        self.now.plus(uptime.saturating_sub(self.uptime)).minus(self.uptime.saturating_sub(uptime))
    }
}

/// The last time of day that was trusted.
#[derive(Clone, Copy, Debug)]
struct Reference {
    reading: Reading,
    /// How far the time of day may be behind it, and ahead of it.
    tolerance: (Duration, Duration),
}

impl Reference {
    fn stored(now: Moment, uptime: Duration) -> Self {
        Self { reading: Reading { now, uptime }, tolerance: (MAX_NODE_SKEW, MAX_STORED_AGE) }
    }

    fn agrees(&self, reading: Reading) -> bool {
        let (behind, ahead) = self.tolerance;
        let expected = self.reading.at(reading.uptime);
        (expected.minus(behind)..=expected.plus(ahead)).contains(&reading.now)
    }
}

#[derive(Debug)]
struct Doubt {
    /// Later times of day are on the same side of the jump as now.
    since: Moment,
    /// The uptime at which it ends.
    until: Duration,
    reference: Option<Reference>,
}

#[derive(Debug)]
struct State {
    seen: Reading,
    doubt: Option<Doubt>,
    /// The stored time that was compared last.
    stored: Option<Moment>,
    /// Where the trusted time of day was before it moved back.
    set_back_from: Option<Moment>,
}

pub struct ClockTrust {
    clock: Clock,
    state: Mutex<State>,
    /// Changes whenever the time of day becomes trusted.
    trusted: watch::Sender<()>,
}

impl ClockTrust {
    /// A clock at the first start of all: there is nothing yet that a wrong one could destroy.
    pub fn of_first_start(clock: Clock) -> Self {
        let seen = Reading { now: clock.now(), uptime: clock.uptime() };
        let state = State { seen, doubt: None, stored: None, set_back_from: None };
        Self { clock, state: Mutex::new(state), trusted: watch::Sender::default() }
    }

    /// A clock at a start, with the last time of day that was trusted before.
    pub fn of_start(clock: Clock, stored: Option<Moment>) -> Self {
        let trust = Self::of_first_start(clock);
        {
            let mut state = trust.state.lock().unwrap_or_else(PoisonError::into_inner);
            let Reading { now, uptime } = state.seen;
            let reference = stored.map(|stored| Reference::stored(stored, uptime));
            state.doubt = Some(Doubt { since: now, until: uptime + DOUBT_PERIOD, reference });
            state.set_back_from = stored.filter(|stored| now < stored.minus(MAX_NODE_SKEW));
            state.stored = stored;
        }
        if !trust.is_trusted() {
            tracing::info!(
                "the time of day does not continue that of the last server; for an hour, expired sessions are rejected but \
                 not recorded, and nothing is deleted"
            );
        }
        trust
    }

    /// Whether expiries may be recorded and old rows deleted.
    pub fn is_trusted(&self) -> bool {
        self.observe().doubt.is_none()
    }

    /// Periods that begin at this time of day or later are certain: everything while the time is trusted.
    pub fn certain_since(&self) -> Moment {
        self.observe().doubt.as_ref().map_or(Moment(i64::MIN), |doubt| doubt.since)
    }

    /// Compares the time of day with the one that trusted nodes have written last.
    pub fn compare(&self, stored: Option<Moment>) {
        let mut state = self.observe();
        let uptime = state.seen.uptime;
        let Some(stored) = stored.filter(|stored| state.stored != Some(*stored)) else { return };
        state.stored = Some(stored);
        if let Some(doubt) = &mut state.doubt {
            // Another node is running and trusts its clock: this one has to agree.
            doubt.reference = Some(Reference::stored(stored, uptime));
            doubt.until = uptime + DOUBT_PERIOD;
        }
    }

    /// The trusted time of day before it moved back; returned once per jump.
    pub fn take_set_back(&self) -> Option<Moment> {
        self.observe().set_back_from.take()
    }

    /// Notified whenever the time of day becomes trusted.
    pub fn subscribe(&self) -> watch::Receiver<()> {
        self.trusted.subscribe()
    }

    fn observe(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let reading = Reading { now: self.clock.now(), uptime: self.clock.uptime() };
        let expected = state.seen.at(reading.uptime);
        if reading.now > expected.plus(MIN_JUMP) || reading.now < expected.minus(MIN_JUMP) {
            state.jump(reading, expected);
        }
        state.seen = reading;
        let agrees = |doubt: &Doubt| doubt.reference.is_some_and(|reference| reference.agrees(reading));
        if state.doubt.as_ref().is_some_and(|doubt| agrees(doubt) || reading.uptime >= doubt.until) {
            state.doubt = None;
            self.trusted.send_replace(());
        }
        state
    }
}

impl State {
    /// The time of day is `reading` instead of `expected`.
    fn jump(&mut self, reading: Reading, expected: Moment) {
        let is_forward = reading.now > expected;
        tracing::warn!(
            "the clock was set {} by {} s; unless it returns, expired sessions are rejected but not recorded for an hour, \
             and nothing is deleted",
            if is_forward { "forward" } else { "back" },
            expected.0.abs_diff(reading.now.0) / 1000
        );
        let reference = if let Some(doubt) = self.doubt.take() {
            doubt.reference
        } else {
            if !is_forward {
                self.set_back_from = self.set_back_from.max(Some(expected));
            }
            Some(Reference { reading: self.seen, tolerance: (RETURN_TOLERANCE, RETURN_TOLERANCE) })
        };
        self.doubt = Some(Doubt { since: reading.now, until: reading.uptime + DOUBT_PERIOD, reference });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment(1_000_000_000_000);
    const MINUTE: Duration = Duration::from_mins(1);
    const DAY: Duration = Duration::from_hours(24);

    #[test]
    fn a_start_is_trusted_if_the_last_trusted_time_was_shortly_before() {
        for (stored, is_trusted) in [
            (None, false),
            (Some(START), true),
            (Some(START.minus(MINUTE)), true),
            (Some(START.plus(MINUTE / 2)), true),
            (Some(START.minus(3 * MINUTE)), false),
            (Some(START.plus(2 * MINUTE)), false),
            (Some(START.minus(365 * DAY)), false),
        ] {
            let clock = Clock::fixed(START);
            let trust = ClockTrust::of_start(clock.clone(), stored);
            assert_eq!(trust.is_trusted(), is_trusted, "{stored:?}");
            clock.advance(DOUBT_PERIOD);
            assert!(trust.is_trusted(), "{stored:?}");
        }
        assert!(ClockTrust::of_first_start(Clock::fixed(START)).is_trusted());
    }

    #[test]
    fn a_jump_is_doubted_until_the_clock_returns_or_for_an_hour() {
        for jump in [3, 60, 3600, 15 * 24 * 3600, -3, -3600, -2000 * 24 * 3600_i64] {
            let clock = Clock::fixed(START);
            let trust = ClockTrust::of_first_start(clock.clone());
            clock.set(Moment(START.0 + jump * 1000));
            assert!(!trust.is_trusted(), "{jump}");
            clock.advance(MINUTE);
            assert!(!trust.is_trusted(), "{jump}");
            clock.set(START.plus(MINUTE));
            assert!(trust.is_trusted(), "it has returned: {jump}");

            clock.set(Moment(clock.now().0 + jump * 1000));
            assert!(!trust.is_trusted(), "{jump}");
            clock.advance(DOUBT_PERIOD);
            assert!(trust.is_trusted(), "{jump}");
        }
    }

    #[test]
    fn periods_after_a_jump_are_certain() {
        let clock = Clock::fixed(START);
        let trust = ClockTrust::of_first_start(clock.clone());
        assert_eq!(trust.certain_since(), Moment(i64::MIN));
        clock.set(START.plus(DAY));
        clock.advance(MINUTE);
        assert_eq!(trust.certain_since(), START.plus(DAY).plus(MINUTE), "when it was observed");
        clock.advance(MINUTE);
        assert_eq!(trust.certain_since(), START.plus(DAY).plus(MINUTE));
    }

    #[test]
    fn a_clock_that_moves_gradually_is_trusted() {
        let clock = Clock::fixed(START);
        let trust = ClockTrust::of_first_start(clock.clone());
        for _ in 0..1000 {
            clock.advance(MINUTE);
            clock.set(clock.now().plus(Duration::from_millis(30)));
            assert!(trust.is_trusted());
        }
    }

    #[test]
    fn a_clock_that_contradicts_a_running_node_stays_in_doubt() {
        let clock = Clock::fixed(START.plus(DAY));
        let trust = ClockTrust::of_start(clock.clone(), Some(START));
        for minute in 1..200 {
            clock.advance(MINUTE);
            trust.compare(Some(START.plus(minute * MINUTE)));
            assert!(!trust.is_trusted());
        }
        clock.set(START.plus(200 * MINUTE));
        assert!(trust.is_trusted());
    }

    #[test]
    fn a_trusted_time_that_moves_back_is_reported_once() {
        let clock = Clock::fixed(START);
        let trust = ClockTrust::of_first_start(clock.clone());
        clock.advance(MINUTE);
        clock.set(START.minus(DAY));
        assert_eq!((trust.take_set_back(), trust.take_set_back()), (Some(START.plus(MINUTE)), None));
        clock.set(START.plus(DAY));
        clock.set(START.plus(MINUTE));
        assert_eq!(trust.take_set_back(), None, "from a time that was not trusted");

        let restarted = ClockTrust::of_start(Clock::fixed(START.minus(DAY)), Some(START));
        assert_eq!(restarted.take_set_back(), Some(START));
    }
}
