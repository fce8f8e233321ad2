//! What nodes call out to each other: on Postgres, that sessions have ended.
//!
//! SQLite has nobody to call: whoever else has the file open looks for himself.

use futures::FutureExt;
use sqlx::{AnyConnection, postgres::PgListener};

use super::Store;
use crate::clock::Moment;

const CHANNEL: &str = "doorward_session_ended";

/// Notifications out, as part of a transaction, that sessions end at `now`: others hear it when it is true.
pub(super) async fn notify(connection: &mut AnyConnection, now: Moment) -> Result<(), sqlx::Error> {
    if connection.backend_name() != "PostgreSQL" {
        return Ok(());
    }
    // `any` knows no `void`.
    sqlx::query("select pg_notify($1, $2)::text")
        .bind(CHANNEL)
        .bind(now.0.to_string())
        .execute(connection)
        .await
        .map(drop)
}

/// An ear for what other nodes call out.
pub struct Notifications(PgListener);

impl Notifications {
    /// Waits for calls, and takes all that have come: the earliest moment at which a session ended. `None` when the
    /// connection is lost, and with it perhaps a call.
    pub async fn next(&mut self) -> Result<Option<Moment>, sqlx::Error> {
        let Some(mut earliest) = self.one().await? else { return Ok(None) };
        while let Some(more) = self.one().now_or_never() {
            let Some(moment) = more? else { return Ok(None) };
            earliest = earliest.min(moment);
        }
        Ok(Some(earliest))
    }

    async fn one(&mut self) -> Result<Option<Moment>, sqlx::Error> {
        let call = self.0.try_recv().await?;
        // What cannot be read was not called by us, and costs one look for nothing.
        Ok(call.map(|call| Moment(call.payload().parse().unwrap_or(i64::MAX))))
    }
}

impl Store {
    /// Listens to the other nodes; `None` where there is nothing to hear.
    pub async fn listen(&self) -> Result<Option<Notifications>, sqlx::Error> {
        let Some(pool) = &self.calls else { return Ok(None) };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(Some(Notifications(listener)))
    }
}
