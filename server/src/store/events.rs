//! The audit events.

use app::api::EndReason;
use sqlx::AnyConnection;

use super::Store;
use crate::{audit::Event, clock::Moment, random};

/// Writes an event, as part of the transaction that makes it true.
pub(super) async fn record(connection: &mut AnyConnection, event: &Event<'_>, now: Moment) -> Result<(), sqlx::Error> {
    let device = event.actor.device.as_ref();
    sqlx::query(
        "insert into events (event_id, happened_at, kind, user_id, session_id, reason, ip, browser, os) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(random::id())
    .bind(now)
    .bind(event.kind.name())
    .bind(event.user_id)
    .bind(event.session_id)
    .bind(event.reason.map(EndReason::name))
    .bind(&event.actor.ip)
    .bind(device.map(|device| &device.browser))
    .bind(device.map(|device| &device.os))
    .execute(connection)
    .await
    .map(drop)
}

impl Store {
    /// Writes an event that changes nothing else.
    pub async fn record(&self, event: &Event<'_>, now: Moment) -> Result<(), sqlx::Error> {
        record(&mut *self.write.acquire().await?, event, now).await
    }

    /// Forgets what happened before `before`.
    pub async fn sweep_events(&self, before: Moment) -> Result<(), sqlx::Error> {
        sqlx::query("delete from events where happened_at < $1").bind(before).execute(&self.write).await.map(drop)
    }
}
