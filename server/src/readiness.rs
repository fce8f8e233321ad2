//! Whether a login would work: the database takes writes, and its file is where it should be.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::timeout};

use crate::{
    clock::{Clock, every},
    log_once::FailureLog,
    store::Store,
};

/// Minimum interval between two writes, however often readiness is asked for.
const INTERVAL: Duration = Duration::from_secs(1);

/// Maximum duration of a check.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The latest check of the database, shared by all who ask.
#[derive(Clone)]
pub struct Readiness {
    store: Store,
    clock: Clock,
    latest: Arc<Mutex<Option<Check>>>,
}

struct Check {
    at: Duration,
    outcome: Result<(), String>,
}

impl Readiness {
    /// Nothing is checked yet.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock, latest: Arc::default() }
    }

    /// Writes to the database and reads it back, unless that was done within the last second. An error is the cause.
    pub async fn check(&self) -> Result<(), String> {
        let mut latest = self.latest.lock().await;
        let now = self.clock.uptime();
        if let Some(check) = latest.as_ref().filter(|check| now < check.at + INTERVAL) {
            // The file costs no write: a deleted one is noticed at once.
            check.outcome.clone()?;
            return self.store.check_file().await.map_err(|error| error.to_string());
        }
        let outcome = match timeout(TIMEOUT, self.store.check_write()).await {
            Ok(outcome) => outcome.map_err(|error| error.to_string()),
            Err(_) => Err("the database does not answer".into()),
        };
        *latest = Some(Check { at: self.clock.uptime(), outcome: outcome.clone() });
        outcome
    }

    /// Logs, once each, that the database has stopped taking writes and that it takes them again. Runs for ever.
    ///
    /// An idle server writes nothing for this: the probe runs after a write has failed, until one succeeds.
    pub async fn watch(&self) {
        let mut tick = every(INTERVAL);
        let mut outage = FailureLog::new("the database does not take writes; requests that need one get 503");
        loop {
            tick.tick().await;
            let outcome = if self.store.write_failed() {
                self.check().await
            } else {
                self.store.check_file().await.map_err(|error| error.to_string())
            };
            outage.note(&outcome.map_err(std::io::Error::other));
        }
    }
}
