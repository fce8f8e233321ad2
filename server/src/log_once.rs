//! Logs the first failure and the recovery of work that is retried: a line per attempt would hide the rest of the log.

use std::{error::Error, mem};

/// The failures of one kind of work that is retried.
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
    pub fn note<E: Error>(&mut self, attempt: &Result<(), E>) -> bool {
        let was_failing = mem::replace(&mut self.is_failing, attempt.is_err());
        match attempt {
            Err(error) if !was_failing => tracing::warn!(%error, "{} failed; retrying", self.work),
            Ok(()) if was_failing => tracing::info!("{} recovered", self.work),
            _ => {}
        }
        attempt.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::{fmt, fs, sync::Mutex};

    use super::FailureLog;

    #[test]
    fn the_first_failure_and_the_recovery_are_logged() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let writer = Mutex::new(file.reopen().expect("the same file"));
        let log = tracing_subscriber::fmt().with_writer(writer).with_ansi(false).without_time().with_target(false);
        tracing::subscriber::with_default(log.finish(), || {
            let mut failures = FailureLog::new("revocation sync");
            for fails in [false, true, true, true, false, false, true] {
                assert_eq!(failures.note(&if fails { Err(fmt::Error) } else { Ok(()) }), !fails);
            }
        });

        let log = fs::read_to_string(file.path()).expect("the log");
        let lines: Vec<_> = log.lines().map(str::trim).collect();
        let (failed, recovered) = ("WARN revocation sync failed; retrying error=", "INFO revocation sync recovered");
        assert_eq!(lines.len(), 3, "{log}");
        assert!(lines[0].starts_with(failed) && lines[1] == recovered && lines[2].starts_with(failed), "{log}");
    }
}
