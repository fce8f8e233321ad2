//! Notifies other nodes that sessions have ended or keys have changed: Postgres `notify`.
//!
//! After the commit and not as a part of the transaction: there, a notification takes a lock on the whole instance at the commit,
//! so that all such commits queue up, the longer the more there are. One task calls at most every [`INTERVAL`], on a connection
//! of its own. What is lost on the way, the next poll of the other nodes finds.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sqlx::{Connection, PgConnection};
use tokio::{
    sync::Notify,
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::explain::has_code;
use crate::{clock::Moment, log_once::FailureLog, model::database_url::PostgresUrl};

pub(super) const CHANNEL: &str = "doorward_session_ended";

const INTERVAL: Duration = Duration::from_millis(20);

/// Maximum duration of a call, with a new connection.
const TIMEOUT: Duration = Duration::from_secs(3);

/// After a failure, until the next attempt.
const PAUSE: Duration = Duration::from_secs(1);

/// Of Postgres: `feature_not_supported`, `syntax_error`, `undefined_function` and `insufficient_privilege`.
const UNSUPPORTED: [&str; 4] = ["0A000", "42601", "42883", "42501"];

/// Whether the engine, or the role, has no notifications.
pub(super) fn is_unsupported(error: &sqlx::Error) -> bool {
    has_code(error, &UNSUPPORTED)
}

/// Sends until it is dropped.
#[derive(Debug)]
pub(super) struct Notifier {
    queue: Arc<Queue>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Queue {
    url: Arc<PostgresUrl>,
    /// The earliest moment that has not been sent.
    pending: Mutex<Option<Moment>>,
    changed: Notify,
    /// Opened by the first notification.
    connection: tokio::sync::Mutex<Option<PgConnection>>,
}

impl Notifier {
    pub fn start(url: Arc<PostgresUrl>) -> Self {
        let queue =
            Queue { url, pending: Mutex::default(), changed: Notify::new(), connection: tokio::sync::Mutex::default() };
        let queue = Arc::new(queue);
        Self { task: tokio::spawn(run(queue.clone())), queue }
    }

    /// Notifies the other nodes of a change at `moment`, soon.
    pub fn notify(&self, moment: Moment) {
        let mut pending = self.queue.pending.lock().unwrap_or_else(PoisonError::into_inner);
        *pending = Some(pending.map_or(moment, |earliest| earliest.min(moment)));
        self.queue.changed.notify_one();
    }

    /// Sends what is pending, before the process exits.
    pub async fn flush(&self) -> Result<(), sqlx::Error> {
        self.queue.send().await.map(drop)
    }
}

impl Drop for Notifier {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(queue: Arc<Queue>) {
    let mut failures = FailureLog::new("notification of other nodes, which notice by polling meanwhile,");
    loop {
        queue.changed.notified().await;
        let sent = queue.send().await;
        if matches!(sent, Ok(Sending::Unsupported)) {
            tracing::info!("the database has no notifications; nodes notice each other's changes by polling");
            return;
        }
        sleep(if failures.record(&sent.map(drop)) { INTERVAL } else { PAUSE }).await;
    }
}

enum Sending {
    Done,
    Unsupported,
}

impl Queue {
    async fn send(&self) -> Result<Sending, sqlx::Error> {
        let mut connection = self.connection.lock().await;
        let pending = mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        let Some(moment) = pending else { return Ok(Sending::Done) };
        // It stays out of its place until it has worked.
        let open = mem::take(&mut *connection);
        let sending = timeout(TIMEOUT, self.send_on(open, moment)).await;
        *connection = sending.map_err(|_| sqlx::Error::PoolTimedOut)??;
        Ok(if connection.is_some() { Sending::Done } else { Sending::Unsupported })
    }

    /// Returns the connection; `None` where there are no notifications. A role that may not connect is another fault, and
    /// may be a temporary one.
    async fn send_on(&self, open: Option<PgConnection>, moment: Moment) -> Result<Option<PgConnection>, sqlx::Error> {
        let mut connection = match open {
            Some(connection) => connection,
            None => PgConnection::connect(self.url.as_str()).await?,
        };
        let notified = sqlx::query("select pg_notify($1, $2)")
            .bind(CHANNEL)
            .bind(moment.0.to_string())
            .execute(&mut connection)
            .await;
        match notified {
            Err(error) if is_unsupported(&error) => Ok(None),
            notified => notified.map(|_| Some(connection)),
        }
    }
}
