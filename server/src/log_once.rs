//! Work that is tried again and again says once that it fails, and once that it does not any more: when the database is
//! away, a line for every attempt would hide what else the log has to say.

use std::{error::Error, mem};

/// Whether some work fails at present.
pub struct FailureLog {
    what: &'static str,
    is_on: bool,
}

impl FailureLog {
    /// None so far; `what` says in the log what fails.
    pub fn new(what: &'static str) -> Self {
        Self { what, is_on: false }
    }

    /// Takes note of an attempt; whether it went well.
    pub fn note<E: Error>(&mut self, attempt: &Result<(), E>) -> bool {
        let was_on = mem::replace(&mut self.is_on, attempt.is_err());
        match attempt {
            Err(error) if !was_on => tracing::warn!(%error, "{}; it is tried again", self.what),
            Ok(()) if was_on => tracing::info!("no longer: {}", self.what),
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
    fn an_outage_is_told_when_it_begins_and_when_it_is_over() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let writer = Mutex::new(file.reopen().expect("the same file"));
        let log = tracing_subscriber::fmt().with_writer(writer).with_ansi(false).without_time().with_target(false);
        let log = log.finish();
        tracing::subscriber::with_default(log, || {
            let mut outage = FailureLog::new("nothing works");
            for fails in [false, true, true, true, false, false, true] {
                assert_eq!(outage.note(&if fails { Err(fmt::Error) } else { Ok(()) }), !fails);
            }
        });

        let log = fs::read_to_string(file.path()).expect("the log");
        let told: Vec<_> = log.lines().map(str::trim).collect();
        let (began, over) = ("WARN nothing works; it is tried again error=", "INFO no longer: nothing works");
        assert_eq!(told.len(), 3, "{log}");
        assert!(told[0].starts_with(began) && told[1] == over && told[2].starts_with(began), "{log}");
    }
}
