//! Notifications of other nodes that sessions have ended or keys have changed: Postgres `listen`.
//!
//! SQLite has no notifications. The command line may change the file, which the server detects by polling.

use std::time::Duration;

use futures::FutureExt;
use sqlx::{
    PgPool,
    postgres::{PgListener, PgPoolOptions},
};
use tokio::time::timeout;

use super::{
    Store,
    notify::{CHANNEL, is_unsupported},
    open::ACQUIRE_TIMEOUT,
};
use crate::clock::Moment;

/// A connection that has been silent for this long is checked: a firewall or a failover may have dropped it without
/// closing it.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(2);

/// Maximum duration of that check.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_millis(1500);

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
        let notification = loop {
            match timeout(KEEPALIVE_INTERVAL, self.0.try_recv()).await {
                Ok(received) => break received?,
                Err(_) => self.check_connection().await?,
            }
        };
        // A malformed payload is not ours; it costs one needless query.
        Ok(notification.map(|notification| Moment(notification.payload().parse().unwrap_or(i64::MAX))))
    }

    async fn check_connection(&mut self) -> Result<(), sqlx::Error> {
        let check = sqlx::query("select 1").execute(&mut self.0);
        timeout(KEEPALIVE_TIMEOUT, check).await.map_err(|_| sqlx::Error::PoolTimedOut)?.map(drop)
    }
}

impl Store {
    /// `None` where there are no notifications: on SQLite, on engines without them, or with `notifications = "off"`.
    pub async fn listen(&self) -> Result<Option<Notifications>, sqlx::Error> {
        let Some(url) = &self.listen_url else { return Ok(None) };
        // A pool for each connection: one that has died keeps its place in its pool until TCP gives it up.
        let pool: PgPool =
            PgPoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT).connect_lazy(url.as_str())?;
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.eager_reconnect(false);
        match listener.listen(CHANNEL).await {
            Err(error) if is_unsupported(&error) => {
                tracing::info!("the database has no notifications; changes by other nodes are noticed by polling");
                Ok(None)
            }
            listening => listening.map(|()| Some(Notifications(listener))),
        }
    }
}
