//! Readiness: whether a login would succeed, because the database accepts writes and its file is in place.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::timeout};

use crate::{
    clock::{Clock, every},
    log_once::FailureLog,
    store::Store,
};

/// For how long an outcome is reused, so that probes cause one write a second at most, however many there are.
const INTERVAL: Duration = Duration::from_secs(1);

/// Maximum duration of a check.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The outcome of a check.
struct Outcome {
    /// The uptime when the check was complete.
    at: Duration,
    /// An error is the cause.
    result: Result<(), String>,
}

/// Checks the database, once for all concurrent callers.
#[derive(Clone)]
pub struct Readiness {
    store: Store,
    clock: Clock,
    latest: Arc<Mutex<Option<Outcome>>>,
}

impl Readiness {
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock, latest: Arc::default() }
    }

    /// Writes to the database and reads it back, unless that was tried within the last second. An error is the cause.
    pub async fn check(&self) -> Result<(), String> {
        let mut latest = self.latest.lock().await;
        if let Some(Outcome { at, result }) = &*latest
            && self.clock.uptime() < *at + INTERVAL
        {
            match result {
                // A write has failed since.
                Ok(()) if self.store.write_failed() => {}
                // Checking the file needs no write, so a deleted one is noticed at once.
                Ok(()) => return self.store.check_file().await.map_err(|error| error.to_string()),
                Err(cause) => return Err(cause.clone()),
            }
        }
        let result = match timeout(TIMEOUT, self.store.check_write()).await {
            Ok(written) => written.map_err(|error| error.to_string()),
            Err(_) => Err("the database does not respond".to_owned()),
        };
        *latest = Some(Outcome { at: self.clock.uptime(), result: result.clone() });
        result
    }

    /// Logs, once each, when the database starts to reject writes and when it accepts them again. Never returns.
    ///
    /// Does not write on an idle server: the probe starts after a failed write and stops after a successful one.
    pub async fn watch(&self) {
        let mut tick = every(INTERVAL);
        let mut failures = FailureLog::new("writing to the database");
        loop {
            tick.tick().await;
            let outcome = if self.store.write_failed() {
                self.check().await
            } else {
                self.store.check_file().await.map_err(|error| error.to_string())
            };
            failures.record(&outcome.map_err(std::io::Error::other));
        }
    }
}
