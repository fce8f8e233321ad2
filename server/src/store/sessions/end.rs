//! Ends sessions; the audit event is part of the transaction, the notification of other nodes follows the commit.

use doorward_api::{EndReason, EventKind};
use sqlx::AnyConnection;

use super::row::{EndedRow, ended_columns};
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        session::SessionId,
        session_end::EndedSession,
        user::UserId,
    },
    store::{Store, audit, transaction::Transaction, users},
};

/// The outcome of a request to end sessions.
pub enum RevokeOutcome {
    /// Does not include sessions that had ended before.
    Ended(Vec<EndedSession>),
    /// The session of the request has ended since it was authenticated, so it may no longer end others: a revoked
    /// session must not revoke the rest.
    CallerEnded,
}

/// Whether `session_id` is a live session of this user.
pub(super) async fn is_live(
    connection: &mut AnyConnection,
    session_id: &SessionId,
    user_id: &UserId,
    now: Moment,
) -> Result<bool, sqlx::Error> {
    let live: Option<SessionId> = sqlx::query_scalar(
        "select session_id from sessions \
         where session_id = $1 and user_id = $2 and ended_at is null and expires_at > $3",
    )
    .bind(session_id)
    .bind(user_id)
    .bind(now)
    .fetch_optional(connection)
    .await?;
    Ok(live.is_some())
}

/// A session that continues under another id.
pub(super) struct Rotation<'a> {
    pub from: &'a SessionId,
    pub to: &'a SessionId,
}

/// Ends a session if it is live. The condition is the lock: of any number of callers, one ends it. A rotation has no audit
/// event: for the user, the session continues.
///
/// An end is not dated before the last use: after a clock was set back, nodes would otherwise miss it, because they read
/// only the window in which its access tokens can be valid.
async fn end(
    transaction: &mut Transaction,
    session_id: &SessionId,
    reason: EndReason,
    rotated_to: Option<&SessionId>,
    actor: &Actor,
    now: Moment,
) -> Result<Option<EndedSession>, sqlx::Error> {
    let device = actor.device();
    let row: Option<EndedRow> = sqlx::query_as(concat!(
        "update sessions set ended_at = case when last_used_at > $1 then last_used_at else $1 end, \
             end_reason = $2, ended_by_browser = $3, ended_by_os = $4, rotated_to = $5 \
             where session_id = $6 and ended_at is null returning ",
        ended_columns!(),
    ))
    .bind(now)
    .bind(reason.name())
    .bind(device.map(|device| &device.browser))
    .bind(device.map(|device| &device.os))
    .bind(rotated_to)
    .bind(session_id)
    .fetch_optional(&mut **transaction)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if rotated_to.is_some() {
        return Ok(Some(row.into()));
    }

    let event = AuditEvent {
        kind: EventKind::SessionEnded,
        user_id: Some(&row.user_id),
        session_id: Some(&row.session_id),
        reason: Some(reason),
        actor,
    };
    audit::record(transaction, &event, now).await?;
    Ok(Some(row.into()))
}

/// Ends those of the sessions that are live, as part of a transaction, and notifies the other nodes.
///
/// Sessions are always ended in the order of their ids, and after the user's row has been locked, if it is:
/// transactions that end the same sessions in different orders would deadlock.
pub(super) async fn end_each(
    transaction: &mut Transaction,
    mut sessions: Vec<(SessionId, EndReason)>,
    rotation: Option<&Rotation<'_>>,
    actor: &Actor,
    now: Moment,
) -> Result<Vec<EndedSession>, sqlx::Error> {
    sessions.sort_by(|(one, _), (other, _)| one.0.cmp(&other.0));
    let mut all = Vec::new();
    for (session_id, reason) in sessions {
        let rotated_to = rotation.filter(|rotation| *rotation.from == session_id).map(|rotation| rotation.to);
        all.extend(end(transaction, &session_id, reason, rotated_to, actor, now).await?);
    }
    if !all.is_empty() {
        transaction.notify_after_commit(now);
    }
    Ok(all)
}

/// Ends the sessions of a user for which `reason` returns one. Includes expired sessions, which would become live again
/// if the clock were set back.
pub(super) async fn end_all(
    transaction: &mut Transaction,
    user_id: &UserId,
    reason: impl Fn(&SessionId) -> Option<EndReason>,
    rotation: Option<&Rotation<'_>>,
    actor: &Actor,
    now: Moment,
) -> Result<Vec<EndedSession>, sqlx::Error> {
    let ids: Vec<SessionId> =
        sqlx::query_scalar("select session_id from sessions where user_id = $1 and ended_at is null")
            .bind(user_id)
            .fetch_all(&mut **transaction)
            .await?;
    let sessions = ids.into_iter().filter_map(|id| reason(&id).map(|reason| (id, reason)));
    end_each(transaction, sessions.collect(), rotation, actor, now).await
}

impl Store {
    /// `None` when the session was not live.
    pub async fn end_session(
        &self,
        session_id: &SessionId,
        reason: EndReason,
        actor: &Actor,
        now: Moment,
    ) -> Result<Option<EndedSession>, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let ended = end_each(&mut transaction, vec![(session_id.clone(), reason)], None, actor, now).await?.pop();
            transaction.commit().await?;
            Ok(ended)
        })
        .await
    }

    /// Ends a live session of a user, requested from `by`: another session of the user, or the same one.
    pub async fn revoke_session(
        &self,
        session_id: &SessionId,
        (user_id, by): (&UserId, &SessionId),
        reason: EndReason,
        actor: &Actor,
        now: Moment,
    ) -> Result<RevokeOutcome, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            users::lock(&mut transaction, user_id).await?;
            if !is_live(&mut transaction, by, user_id, now).await? {
                transaction.roll_back().await?;
                return Ok(RevokeOutcome::CallerEnded);
            }
            if !is_live(&mut transaction, session_id, user_id, now).await? {
                transaction.roll_back().await?;
                return Ok(RevokeOutcome::Ended(vec![]));
            }
            let ended = end_each(&mut transaction, vec![(session_id.clone(), reason)], None, actor, now).await?;
            transaction.commit().await?;
            Ok(RevokeOutcome::Ended(ended))
        })
        .await
    }

    /// Ends the sessions of a user for which `reason` returns one, requested from the session `by`.
    pub async fn revoke_all(
        &self,
        (user_id, by): (&UserId, &SessionId),
        reason: impl Fn(&SessionId) -> Option<EndReason>,
        actor: &Actor,
        now: Moment,
    ) -> Result<RevokeOutcome, sqlx::Error> {
        let reason = &reason;
        self.transaction(|mut transaction| async move {
            users::lock(&mut transaction, user_id).await?;
            if !is_live(&mut transaction, by, user_id, now).await? {
                transaction.roll_back().await?;
                return Ok(RevokeOutcome::CallerEnded);
            }
            let ended = end_all(&mut transaction, user_id, reason, None, actor, now).await?;
            transaction.commit().await?;
            Ok(RevokeOutcome::Ended(ended))
        })
        .await
    }
}
