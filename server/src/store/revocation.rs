//! The end of sessions, with its event and its word to other nodes in the same transaction.

use app::api::{EndReason, EventKind};
use sqlx::{AnyConnection, FromRow};

use super::{Store, calls, events, users};
use crate::{
    audit::{Actor, Event},
    clock::Moment,
    device::Device,
    revocation::Ended,
    session::{End, MOST_SESSIONS, Session, SessionId},
    user::UserId,
};

#[derive(FromRow)]
struct EndedRow {
    session_id: SessionId,
    user_id: UserId,
    expires_at: Moment,
    ended_at: Moment,
    end_reason: String,
    ended_by_browser: Option<String>,
    ended_by_os: Option<String>,
}

impl From<EndedRow> for Ended {
    fn from(row: EndedRow) -> Self {
        let by = row.ended_by_browser.zip(row.ended_by_os).map(|(browser, os)| Device { browser, os });
        let reason = EndReason::from_name(&row.end_reason);
        Self {
            session_id: row.session_id,
            user_id: row.user_id,
            expires_at: row.expires_at,
            end: End { reason, at: Some(row.ended_at), by },
        }
    }
}

/// Ends one session, if it is still live. The condition is the lock: of any number of callers one ends it.
pub(super) async fn end(
    connection: &mut AnyConnection,
    session_id: &SessionId,
    reason: EndReason,
    actor: &Actor,
    now: Moment,
) -> Result<Option<Ended>, sqlx::Error> {
    let device = actor.device.as_ref();
    let row: Option<EndedRow> = sqlx::query_as(
        "update sessions set ended_at = $1, end_reason = $2, ended_by_browser = $3, ended_by_os = $4 \
         where session_id = $5 and ended_at is null \
         returning session_id, user_id, expires_at, ended_at, end_reason, ended_by_browser, ended_by_os",
    )
    .bind(now)
    .bind(reason.name())
    .bind(device.map(|device| &device.browser))
    .bind(device.map(|device| &device.os))
    .bind(session_id)
    .fetch_optional(&mut *connection)
    .await?;
    Ok(tell(connection, row.into_iter().collect(), actor, now).await?.pop())
}

/// Ends the session that a browser had before a new one began in it.
pub(super) async fn replace(
    connection: &mut AnyConnection,
    old: Option<&SessionId>,
    actor: &Actor,
    now: Moment,
) -> Result<Vec<Ended>, sqlx::Error> {
    let Some(old) = old else { return Ok(vec![]) };
    Ok(end(connection, old, EndReason::Replaced, actor, now).await?.into_iter().collect())
}

/// Ends all sessions of a user but `kept`; also those past their end, which a clock that is set back would revive.
pub(super) async fn end_all(
    connection: &mut AnyConnection,
    user_id: &UserId,
    kept: Option<&SessionId>,
    reason: EndReason,
    actor: &Actor,
    now: Moment,
) -> Result<Vec<Ended>, sqlx::Error> {
    let device = actor.device.as_ref();
    let rows: Vec<EndedRow> = sqlx::query_as(
        "update sessions set ended_at = $1, end_reason = $2, ended_by_browser = $3, ended_by_os = $4 \
         where user_id = $5 and session_id <> $6 and ended_at is null \
         returning session_id, user_id, expires_at, ended_at, end_reason, ended_by_browser, ended_by_os",
    )
    .bind(now)
    .bind(reason.name())
    .bind(device.map(|device| &device.browser))
    .bind(device.map(|device| &device.os))
    .bind(user_id)
    .bind(kept.map_or("", |kept| kept.0.as_str()))
    .fetch_all(&mut *connection)
    .await?;
    tell(connection, rows, actor, now).await
}

/// Makes room for the session that has just begun: of too many live ones the oldest end (R50).
pub(super) async fn end_oldest(
    connection: &mut AnyConnection,
    begun: &Session,
    actor: &Actor,
    now: Moment,
) -> Result<Vec<Ended>, sqlx::Error> {
    let device = actor.device.as_ref();
    let rows: Vec<EndedRow> = sqlx::query_as(
        "update sessions set ended_at = $1, end_reason = $2, ended_by_browser = $3, ended_by_os = $4 \
         where ended_at is null and session_id in \
             (select session_id from sessions \
              where user_id = $5 and session_id <> $6 and ended_at is null and expires_at > $1 \
              order by created_at desc, session_id desc limit 1000 offset $7) \
         returning session_id, user_id, expires_at, ended_at, end_reason, ended_by_browser, ended_by_os",
    )
    .bind(now)
    .bind(EndReason::Replaced.name())
    .bind(device.map(|device| &device.browser))
    .bind(device.map(|device| &device.os))
    .bind(&begun.user_id)
    .bind(&begun.id)
    .bind(MOST_SESSIONS - 1)
    .fetch_all(&mut *connection)
    .await?;
    tell(connection, rows, actor, now).await
}

/// Records the ends, and tells the other nodes: they hear of it when the transaction makes it true.
async fn tell(
    connection: &mut AnyConnection,
    rows: Vec<EndedRow>,
    actor: &Actor,
    now: Moment,
) -> Result<Vec<Ended>, sqlx::Error> {
    for row in &rows {
        let event = Event {
            kind: EventKind::SessionEnded,
            user_id: Some(&row.user_id),
            session_id: Some(&row.session_id),
            reason: Some(EndReason::from_name(&row.end_reason)),
            actor,
        };
        events::record(connection, &event, now).await?;
    }
    if !rows.is_empty() {
        calls::call_out(connection, now).await?;
    }
    Ok(rows.into_iter().map(Ended::from).collect())
}

impl Store {
    /// Ends a session, if it is still live.
    pub async fn end_session(
        &self,
        session_id: &SessionId,
        reason: EndReason,
        actor: &Actor,
        now: Moment,
    ) -> Result<Option<Ended>, sqlx::Error> {
        let mut transaction = self.write.begin().await?;
        let ended = end(&mut transaction, session_id, reason, actor, now).await?;
        transaction.commit().await?;
        Ok(ended)
    }

    /// Ends a session of `owner`; `None` when there is no such session, or it is over.
    pub async fn revoke_session(
        &self,
        session_id: &SessionId,
        owner: &UserId,
        reason: EndReason,
        actor: &Actor,
        now: Moment,
    ) -> Result<Option<Ended>, sqlx::Error> {
        let mut transaction = self.write.begin().await?;
        let ended = end(&mut transaction, session_id, reason, actor, now).await?;
        // Somebody else's, or past its end: the transaction is undone.
        let ended = ended.filter(|ended| ended.user_id == *owner && ended.expires_at > now);
        if ended.is_some() {
            transaction.commit().await?;
        }
        Ok(ended)
    }

    /// Ends every session of a user but `kept`, at the user's wish.
    pub async fn revoke_others(
        &self,
        user_id: &UserId,
        kept: &SessionId,
        actor: &Actor,
        now: Moment,
    ) -> Result<Vec<Ended>, sqlx::Error> {
        let mut transaction = self.write.begin().await?;
        users::lock(&mut transaction, user_id).await?;
        let ended = end_all(&mut transaction, user_id, Some(kept), EndReason::Revoked, actor, now).await?;
        transaction.commit().await?;
        Ok(ended)
    }

    /// Ends every session of a user at the user's wish, who says so in `current`.
    pub async fn log_out_everywhere(
        &self,
        user_id: &UserId,
        current: &SessionId,
        actor: &Actor,
        now: Moment,
    ) -> Result<Vec<Ended>, sqlx::Error> {
        let mut transaction = self.write.begin().await?;
        users::lock(&mut transaction, user_id).await?;
        let mut ended = end_all(&mut transaction, user_id, Some(current), EndReason::Revoked, actor, now).await?;
        ended.extend(end(&mut transaction, current, EndReason::LoggedOut, actor, now).await?);
        transaction.commit().await?;
        Ok(ended)
    }

    /// The sessions that ended at `since` or later.
    pub async fn ended_since(&self, since: Moment) -> Result<Vec<Ended>, sqlx::Error> {
        let rows: Vec<EndedRow> = sqlx::query_as(
            "select session_id, user_id, expires_at, ended_at, end_reason, ended_by_browser, ended_by_os \
             from sessions where ended_at >= $1",
        )
        .bind(since)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(Ended::from).collect())
    }

    /// How a session came to its end; `None` while it is live, as far as the database knows.
    pub async fn end_of(&self, session_id: &SessionId, now: Moment) -> Result<Option<End>, sqlx::Error> {
        let row: Option<EndRow> = sqlx::query_as(
            "select s.ended_at, s.end_reason, s.ended_by_browser, s.ended_by_os, s.expires_at, u.disabled_at \
             from sessions s join users u on u.user_id = s.user_id where s.session_id = $1",
        )
        .bind(session_id)
        .fetch_optional(&self.read)
        .await?;
        let Some(row) = row else { return Ok(Some(EndReason::Unknown.into())) };
        let by = row.ended_by_browser.zip(row.ended_by_os).map(|(browser, os)| Device { browser, os });
        Ok(match (row.end_reason, row.disabled_at) {
            (Some(reason), _) => Some(End { reason: EndReason::from_name(&reason), at: row.ended_at, by }),
            (None, _) if row.expires_at <= now => Some(EndReason::Expired.into()),
            (None, Some(_)) => Some(EndReason::RevokedByAdmin.into()),
            (None, None) => None,
        })
    }
}

#[derive(FromRow)]
struct EndRow {
    ended_at: Option<Moment>,
    end_reason: Option<String>,
    ended_by_browser: Option<String>,
    ended_by_os: Option<String>,
    expires_at: Moment,
    disabled_at: Option<Moment>,
}
