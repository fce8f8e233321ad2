//! Notifications between nodes that sessions have ended or keys have changed: Postgres `listen` and `notify`.
//!
//! SQLite has no notifications. The command line may change the file, which the server detects by polling.

use futures::FutureExt;
use sqlx::{AnyConnection, postgres::PgListener};

use super::Store;
use crate::clock::Moment;

const CHANNEL: &str = "doorward_session_ended";

/// Notifies the other nodes, as part of a transaction, of a change at `now`. Postgres delivers it when the transaction
/// has been committed.
pub(super) async fn notify(connection: &mut AnyConnection, now: Moment) -> Result<(), sqlx::Error> {
    if connection.backend_name() != "PostgreSQL" {
        return Ok(());
    }
    // The cast, because sqlx's `any` driver does not support `void`.
    sqlx::query("select pg_notify($1, $2)::text")
        .bind(CHANNEL)
        .bind(now.0.to_string())
        .execute(connection)
        .await
        .map(drop)
}

/// Receives the notifications of all nodes.
pub struct Notifications(PgListener);

impl Notifications {
    /// Waits for a notification and takes all that have arrived; returns the earliest moment among them. `None` when
    /// the connection is lost, and with it possibly a notification.
    pub async fn next(&mut self) -> Result<Option<Moment>, sqlx::Error> {
        let Some(mut earliest) = self.receive().await? else { return Ok(None) };
        while let Some(next) = self.receive().now_or_never() {
            let Some(moment) = next? else { return Ok(None) };
            earliest = earliest.min(moment);
        }
        Ok(Some(earliest))
    }

    async fn receive(&mut self) -> Result<Option<Moment>, sqlx::Error> {
        let notification = self.0.try_recv().await?;
        // A malformed payload comes from another application and costs one extra query.
        Ok(notification.map(|notification| Moment(notification.payload().parse().unwrap_or(i64::MAX))))
    }
}

impl Store {
    /// `None` on SQLite.
    pub async fn listen(&self) -> Result<Option<Notifications>, sqlx::Error> {
        let Some(pool) = &self.listen_pool else { return Ok(None) };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(Some(Notifications(listener)))
    }
}
