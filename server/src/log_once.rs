//! Logs repeated failures once, and their recovery: a line per attempt would hide the rest of the log.

use std::{
    error::Error,
    mem,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::clock::Clock;

/// The failures of one kind of work that is retried: the first failure and the recovery are logged.
pub struct FailureLog {
    work: &'static str,
    is_failing: bool,
}

impl FailureLog {
    /// `work` is the subject of the log lines: "… failed; retrying", "… recovered".
    pub fn new(work: &'static str) -> Self {
        Self { work, is_failing: false }
    }

    /// Records the result of an attempt, and returns whether it succeeded.
    pub fn record<E: Error>(&mut self, attempt: &Result<(), E>) -> bool {
        let was_failing = mem::replace(&mut self.is_failing, attempt.is_err());
        match attempt {
            Err(error) if !was_failing => tracing::warn!(%error, "{} failed; retrying", self.work),
            Ok(()) if was_failing => tracing::info!("{} recovered", self.work),
            _ => {}
        }
        attempt.is_ok()
    }
}

/// The failures of requests: many at once in an outage. The first is logged with its cause, and then once per period how
/// many more there were.
pub struct FailureSummary {
    clock: Clock,
    state: Mutex<Summarized>,
}

#[derive(Default)]
struct Summarized {
    /// The uptime at the last line.
    logged_at: Option<Duration>,
    since_then: u64,
}

impl FailureSummary {
    pub const PERIOD: Duration = Duration::from_mins(1);

    pub fn new(clock: Clock) -> Self {
        Self { clock, state: Mutex::default() }
    }

    /// Records a request that failed with 503.
    pub fn record(&self, cause: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.since_then += 1;
        if !self.is_within_period(&state) {
            let requests = state.since_then;
            tracing::error!(cause, requests, "request failed with 503; more within a minute are counted, not logged");
            *state = Summarized { logged_at: Some(self.clock.uptime()), since_then: 0 };
        }
    }

    /// Logs the failures counted since the last line, once the period is over.
    pub fn flush(&self) {
        self.flush_if(|state| !self.is_within_period(state));
    }

    /// Logs the failures counted since the last line, at a stop.
    pub fn finish(&self) {
        self.flush_if(|_| true);
    }

    fn flush_if(&self, is_due: impl FnOnce(&Summarized) -> bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.since_then > 0 && is_due(&state) {
            tracing::error!(requests = state.since_then, "more requests failed with 503");
            *state = Summarized { logged_at: Some(self.clock.uptime()), since_then: 0 };
        }
    }

    fn is_within_period(&self, state: &Summarized) -> bool {
        state.logged_at.is_some_and(|at| self.clock.uptime() < at + Self::PERIOD)
    }
}

#[cfg(test)]
mod tests {
    use std::{fmt, fs, sync::Mutex, time::Duration};

    use super::{FailureLog, FailureSummary};
    use crate::clock::{Clock, Moment};

    /// The lines that `work` logs.
    fn logged(work: impl FnOnce()) -> Vec<String> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let writer = Mutex::new(file.reopen().expect("the same file"));
        let log = tracing_subscriber::fmt().with_writer(writer).with_ansi(false).without_time().with_target(false);
        tracing::subscriber::with_default(log.finish(), work);
        let log = fs::read_to_string(file.path()).expect("the log");
        log.lines().map(|line| line.trim().to_owned()).collect()
    }

    #[test]
    fn an_outage_is_a_line_and_a_count_per_minute_however_many_requests_fail() {
        let clock = Clock::fixed(Moment(0));
        let summary = FailureSummary::new(clock.clone());
        let lines = logged(|| {
            for _ in 0..1000 {
                summary.record("the disk is full");
            }
            summary.flush();
            clock.advance(Duration::from_mins(1));
            summary.flush();
            summary.flush();
            clock.advance(Duration::from_mins(2));
            summary.record("the disk is full");
            summary.record("the disk is full");
            summary.flush();
            summary.finish();
        });
        assert_eq!(lines.len(), 4, "{lines:?}");
        assert!(lines[0].starts_with("ERROR request failed with 503") && lines[0].contains("the disk is full"));
        assert!(lines[1].contains("more requests failed with 503") && lines[1].contains("requests=999"), "{lines:?}");
        assert!(lines[2].contains("requests=1") && lines[3].contains("more requests"), "{lines:?}");
    }

    #[test]
    fn the_first_failure_and_the_recovery_are_logged() {
        let lines = logged(|| {
            let mut failures = FailureLog::new("revocation sync");
            for fails in [false, true, true, true, false, false, true] {
                assert_eq!(failures.record(&if fails { Err(fmt::Error) } else { Ok(()) }), !fails);
            }
        });

        let (failed, recovered) = ("WARN revocation sync failed; retrying error=", "INFO revocation sync recovered");
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[0].starts_with(failed) && lines[1] == recovered && lines[2].starts_with(failed), "{lines:?}");
    }
}
