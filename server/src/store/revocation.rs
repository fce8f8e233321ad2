//! The end of sessions, with its event and its word to other nodes in the same transaction.

use doorward_api::{EndReason, EventKind};
use sqlx::{AnyConnection, FromRow};

use super::{Store, calls, events, users};
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, Event},
        device::Device,
        session::{End, Ended, MOST_SESSIONS, Session, SessionId},
        user::UserId,
    },
    revocation::set::Position,
};

#[derive(FromRow)]
pub(super) struct EndedRow {
    session_id: SessionId,
    user_id: UserId,
    expires_at: Moment,
    ended_at: Moment,
    end_reason: String,
    ended_by_browser: Option<String>,
    ended_by_os: Option<String>,
    tokens_until: Moment,
}

impl From<EndedRow> for Ended {
    fn from(row: EndedRow) -> Self {
        let by = row.ended_by_browser.zip(row.ended_by_os).map(|(browser, os)| Device { browser, os });
        let reason = EndReason::from_name(&row.end_reason);
        let is_by_itself = matches!(reason, EndReason::Expired | EndReason::Idle);
        Self {
            session_id: row.session_id,
            user_id: row.user_id,
            expires_at: row.expires_at,
            end: End { reason, at: Some(row.ended_at), by },
            leaves_tokens: !is_by_itself || row.tokens_until > row.ended_at,
        }
    }
}

/// What came of a person's wish to end sessions.
pub enum Revoked {
    /// These have ended; those that were over before are not among them.
    Ended(Vec<Ended>),
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
) -> Result<Option<Ended>, sqlx::Error> {
    let device = actor.device.as_ref();
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

    let event = Event {
        kind: EventKind::SessionEnded,
        user_id: Some(&row.user_id),
        session_id: Some(&row.session_id),
        reason: Some(reason),
        actor,
    };
    events::record(connection, &event, now).await?;
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
) -> Result<Vec<Ended>, sqlx::Error> {
    sessions.sort_by(|(one, _), (other, _)| one.0.cmp(&other.0));
    let mut all = Vec::new();
    for (session_id, reason) in sessions {
        all.extend(end(connection, &session_id, reason, actor, now).await?);
    }
    if !all.is_empty() {
        calls::call_out(connection, now).await?;
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
) -> Result<Vec<Ended>, sqlx::Error> {
    let ids: Vec<SessionId> =
        sqlx::query_scalar("select session_id from sessions where user_id = $1 and ended_at is null")
            .bind(user_id)
            .fetch_all(&mut *connection)
            .await?;
    let sessions = ids.into_iter().filter_map(|id| reason(&id).map(|reason| (id, reason)));
    end_each(connection, sessions.collect(), actor, now).await
}

/// Makes room for the session that has just begun: the one that the same browser had ends, and of too many live ones
/// the oldest (R36, R50).
pub(super) async fn make_room(
    connection: &mut AnyConnection,
    begun: &Session,
    replaces: &[SessionId],
    actor: &Actor,
    now: Moment,
) -> Result<Vec<Ended>, sqlx::Error> {
    let mut ids: Vec<SessionId> = sqlx::query_scalar(
        "select session_id from sessions \
         where user_id = $1 and session_id not in ($2, $3, $4) and ended_at is null and expires_at > $5 \
         order by created_at desc, session_id desc limit 1000 offset $6",
    )
    .bind(&begun.user_id)
    .bind(&begun.id)
    // A browser has two cookies at most.
    .bind(replaces.first().unwrap_or(&begun.id))
    .bind(replaces.get(1).unwrap_or(&begun.id))
    .bind(now)
    .bind(MOST_SESSIONS - 1)
    .fetch_all(&mut *connection)
    .await?;
    ids.extend_from_slice(replaces);
    let sessions = ids.into_iter().map(|id| (id, EndReason::Replaced));
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
    ) -> Result<Option<Ended>, sqlx::Error> {
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

    /// A page of the sessions that ended after `after` and before `before`, in the order of their ends. Those that were
    /// over by themselves and leave no access token are not among them: nobody needs to hear of them.
    pub async fn ended_between(
        &self,
        after: &Position,
        before: Moment,
        most: usize,
    ) -> Result<Vec<Ended>, sqlx::Error> {
        let rows: Vec<EndedRow> = sqlx::query_as(
            "select session_id, user_id, expires_at, ended_at, end_reason, ended_by_browser, ended_by_os, tokens_until \
             from sessions where (ended_at, session_id) > ($1, $2) and ended_at < $3 \
                 and (end_reason not in ($4, $5) or tokens_until > ended_at) \
             order by ended_at, session_id limit $6",
        )
        .bind(after.ended_at)
        .bind(&after.session_id)
        .bind(before)
        .bind(EndReason::Expired.name())
        .bind(EndReason::Idle.name())
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(Ended::from).collect())
    }

    /// Each second since `since` in which such sessions ended, with their number: much cheaper than to read them.
    pub async fn ends_by_second(&self, since: Moment) -> Result<Vec<(i64, i64)>, sqlx::Error> {
        sqlx::query_as(
            "select ended_at / 1000, count(*) from sessions where ended_at >= $1 \
                 and (end_reason not in ($2, $3) or tokens_until > ended_at) \
             group by ended_at / 1000 order by ended_at / 1000",
        )
        .bind(since)
        .bind(EndReason::Expired.name())
        .bind(EndReason::Idle.name())
        .fetch_all(&self.read)
        .await
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
