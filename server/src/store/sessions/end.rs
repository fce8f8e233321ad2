//! Ends sessions, with the audit event and the notification of other nodes in the same transaction.

use doorward_api::{EndReason, EventKind};
use sqlx::AnyConnection;

use super::row::EndedRow;
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        session::{EndedSession, SessionId},
        user::UserId,
    },
    store::{Store, audit, notify, users},
};

/// What came of a person's wish to end sessions.
pub enum Revoked {
    /// These have ended; those that were over before are not among them.
    Ended(Vec<EndedSession>),
    /// Nothing has: the session in which the person wished it is over itself, since the request was let in. Whoever
    /// was thrown out throws out nobody.
    NotByThis,
}

/// Whether this is a live session of this user.
pub(super) async fn is_live(
    connection: &mut AnyConnection,
    session_id: &SessionId,
    user_id: &UserId,
    now: Moment,
) -> Result<bool, sqlx::Error> {
    let found: Option<SessionId> = sqlx::query_scalar(
        "select session_id from sessions \
         where session_id = $1 and user_id = $2 and ended_at is null and expires_at > $3",
    )
    .bind(session_id)
    .bind(user_id)
    .bind(now)
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}

/// Ends one session, if it is still live. The condition is the lock: of any number of callers one ends it.
async fn end(
    connection: &mut AnyConnection,
    session_id: &SessionId,
    reason: EndReason,
    actor: &Actor,
    now: Moment,
) -> Result<Option<EndedSession>, sqlx::Error> {
    let device = actor.device();
    let row: Option<EndedRow> = sqlx::query_as(
        "update sessions set ended_at = $1, end_reason = $2, ended_by_browser = $3, ended_by_os = $4 \
         where session_id = $5 and ended_at is null \
         returning session_id, user_id, expires_at, ended_at, end_reason, ended_by_browser, ended_by_os, tokens_until",
    )
    .bind(now)
    .bind(reason.name())
    .bind(device.map(|device| &device.browser))
    .bind(device.map(|device| &device.os))
    .bind(session_id)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };

    let event = AuditEvent {
        kind: EventKind::SessionEnded,
        user_id: Some(&row.user_id),
        session_id: Some(&row.session_id),
        reason: Some(reason),
        actor,
    };
    audit::record(connection, &event, now).await?;
    Ok(Some(row.into()))
}

/// Ends each of these that is still live, as part of a transaction, and tells the other nodes: they hear of it when the
/// transaction makes it true.
///
/// Always in the order of their ids, after the person's row if that is taken: two transactions that end the same
/// sessions, each in an order of its own, would wait for each other for ever.
pub(super) async fn end_each(
    connection: &mut AnyConnection,
    mut sessions: Vec<(SessionId, EndReason)>,
    actor: &Actor,
    now: Moment,
) -> Result<Vec<EndedSession>, sqlx::Error> {
    sessions.sort_by(|(one, _), (other, _)| one.0.cmp(&other.0));
    let mut all = Vec::new();
    for (session_id, reason) in sessions {
        all.extend(end(connection, &session_id, reason, actor, now).await?);
    }
    if !all.is_empty() {
        notify::notify(connection, now).await?;
    }
    Ok(all)
}

/// Ends all sessions of a user, each for the reason that is told; also those past their end, which a clock that is set
/// back would revive.
pub(super) async fn end_all(
    connection: &mut AnyConnection,
    user_id: &UserId,
    reason: impl Fn(&SessionId) -> Option<EndReason>,
    actor: &Actor,
    now: Moment,
) -> Result<Vec<EndedSession>, sqlx::Error> {
    let ids: Vec<SessionId> =
        sqlx::query_scalar("select session_id from sessions where user_id = $1 and ended_at is null")
            .bind(user_id)
            .fetch_all(&mut *connection)
            .await?;
    let sessions = ids.into_iter().filter_map(|id| reason(&id).map(|reason| (id, reason)));
    end_each(connection, sessions.collect(), actor, now).await
}

impl Store {
    /// Ends a session, if it is still live.
    pub async fn end_session(
        &self,
        session_id: &SessionId,
        reason: EndReason,
        actor: &Actor,
        now: Moment,
    ) -> Result<Option<EndedSession>, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let ended = end_each(&mut transaction, vec![(session_id.clone(), reason)], actor, now).await?.pop();
        transaction.commit().await?;
        Ok(ended)
    }

    /// Ends a live session of a user at the wish of another one of theirs, or of itself.
    pub async fn revoke_session(
        &self,
        session_id: &SessionId,
        (user_id, by): (&UserId, &SessionId),
        reason: EndReason,
        actor: &Actor,
        now: Moment,
    ) -> Result<Revoked, sqlx::Error> {
        let mut transaction = self.begin().await?;
        users::lock(&mut transaction, user_id).await?;
        if !is_live(&mut transaction, by, user_id, now).await? {
            transaction.roll_back().await?;
            return Ok(Revoked::NotByThis);
        }
        if !is_live(&mut transaction, session_id, user_id, now).await? {
            transaction.roll_back().await?;
            return Ok(Revoked::Ended(vec![]));
        }
        let ended = end_each(&mut transaction, vec![(session_id.clone(), reason)], actor, now).await?;
        transaction.commit().await?;
        Ok(Revoked::Ended(ended))
    }

    /// Ends every session of a user at the wish of one of them, each for the reason that is told.
    pub async fn revoke_all(
        &self,
        (user_id, by): (&UserId, &SessionId),
        reason: impl Fn(&SessionId) -> Option<EndReason>,
        actor: &Actor,
        now: Moment,
    ) -> Result<Revoked, sqlx::Error> {
        let mut transaction = self.begin().await?;
        users::lock(&mut transaction, user_id).await?;
        if !is_live(&mut transaction, by, user_id, now).await? {
            transaction.roll_back().await?;
            return Ok(Revoked::NotByThis);
        }
        let ended = end_all(&mut transaction, user_id, reason, actor, now).await?;
        transaction.commit().await?;
        Ok(Revoked::Ended(ended))
    }
}
