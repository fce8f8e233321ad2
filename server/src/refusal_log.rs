//! Requests that a security control refused, and invalid ones: counted, and logged once per kind and minute, so that a
//! stranger cannot flood the log.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{clock::Clock, metrics::Metrics, refusal::Refusal};

#[derive(Clone, Copy, Default)]
struct Logged {
    /// The uptime at the last line.
    at: Option<Duration>,
    since_then: u64,
}

pub struct RefusalLog {
    clock: Clock,
    metrics: Arc<Metrics>,
    logged: Mutex<[Logged; Refusal::ALL.len()]>,
}

impl RefusalLog {
    pub const PERIOD: Duration = Duration::from_mins(1);

    pub fn new(metrics: Arc<Metrics>, clock: Clock) -> Self {
        Self { clock, metrics, logged: Mutex::default() }
    }

    /// Records a refused request. The first of its kind is logged with the request that the current span describes.
    pub fn record(&self, refusal: Refusal) {
        self.metrics.refused(refusal);
        self.log(refusal, 1);
    }

    /// Logs the refusals counted since the last line of their kind, once the period is over.
    pub fn flush(&self) {
        for refusal in Refusal::ALL {
            self.log(refusal, 0);
        }
    }

    fn log(&self, refusal: Refusal, new: u64) {
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        let Logged { at, since_then } = &mut logged[refusal as usize];
        *since_then += new;
        let now = self.clock.uptime();
        if *since_then == 0 || at.is_some_and(|at| now < at + Self::PERIOD) {
            return;
        }
        let message = match new {
            0 => "more requests refused",
            _ => "request refused; more within a minute are counted, not logged",
        };
        let (reason, requests) = (refusal.label(), *since_then);
        if refusal.is_invalid_request() {
            tracing::info!(reason, requests, "{message}");
        } else {
            tracing::warn!(reason, requests, "{message}");
        }
        (*at, *since_then) = (Some(now), 0);
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, sync::Mutex, time::Duration};

    use super::RefusalLog;
    use crate::{
        clock::{Clock, Moment},
        refusal::Refusal,
    };

    #[test]
    fn a_flood_of_refusals_is_a_line_and_a_count_per_minute_and_kind() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let writer = Mutex::new(file.reopen().expect("the same file"));
        let log = tracing_subscriber::fmt().with_writer(writer).with_ansi(false).without_time().with_target(false);
        let clock = Clock::fixed(Moment(0));
        let refusals = RefusalLog::new(std::sync::Arc::default(), clock.clone());

        tracing::subscriber::with_default(log.finish(), || {
            for _ in 0..1000 {
                refusals.record(Refusal::TooManyAttempts);
            }
            refusals.record(Refusal::CrossSiteRequest);
            refusals.flush();
            clock.advance(Duration::from_mins(1));
            refusals.flush();
            refusals.flush();
        });

        let log = fs::read_to_string(file.path()).expect("the log");
        let lines: Vec<_> = log.lines().map(str::trim).collect();
        assert_eq!(lines.len(), 3, "{log}");
        assert!(lines[0].contains("too_many_attempts") && lines[0].contains("requests=1"), "{log}");
        assert!(lines[1].contains("cross_site_request"), "{log}");
        assert!(lines[2].contains("more requests refused") && lines[2].contains("requests=999"), "{log}");
    }
}
