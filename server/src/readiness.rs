//! Readiness: whether a login would succeed, because the database accepts writes and its file is in place.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::timeout};

use crate::{
    clock::{Clock, every},
    log_once::FailureLog,
    store::Store,
};

/// For how long a successful write counts as ready.
const INTERVAL: Duration = Duration::from_secs(1);

/// Maximum duration of a check.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Checks the database, once for all concurrent callers.
#[derive(Clone)]
pub struct Readiness {
    store: Store,
    clock: Clock,
    written_at: Arc<Mutex<Option<Duration>>>,
}

impl Readiness {
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock, written_at: Arc::default() }
    }

    /// Writes to the database and reads it back, unless that has succeeded within the last second. An error is the cause.
    pub async fn check(&self) -> Result<(), String> {
        let mut written_at = self.written_at.lock().await;
        let now = self.clock.uptime();
        if written_at.is_some_and(|at| now < at + INTERVAL) && !self.store.write_failed() {
            // Checking the file needs no write, so a deleted one is detected at once.
            return self.store.check_file().await.map_err(|error| error.to_string());
        }
        *written_at = None;
        timeout(TIMEOUT, self.store.check_write())
            .await
            .map_err(|_| "the database does not respond".to_owned())?
            .map_err(|error| error.to_string())?;
        *written_at = Some(now);
        Ok(())
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
            failures.note(&outcome.map_err(std::io::Error::other));
        }
    }
}
