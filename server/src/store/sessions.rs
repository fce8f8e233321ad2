//! Sessions.

use std::{collections::HashMap, time::Duration};

use app::api::{EndReason, PolicyName};
use sqlx::{AnyConnection, FromRow};

use super::{Store, events, users::UserRow};
use crate::{
    audit::{Actor, Event, EventKind},
    clock::{Moment, millis},
    device::Device,
    refresh_token::{NewSession, Presented},
    revocation::Ended,
    session::{Session, SessionId},
    user::{User, UserId},
};

#[derive(FromRow)]
struct SessionRow {
    session_id: SessionId,
    policy: String,
    label: Option<String>,
    browser: String,
    os: String,
    ip: String,
    created_at: Moment,
    last_used_at: Moment,
    expires_at: Moment,
    idle_limit: Option<i64>,
}

#[derive(FromRow)]
struct LiveRow {
    #[sqlx(flatten)]
    session: SessionRow,
    #[sqlx(flatten)]
    user: UserRow,
}

impl LiveRow {
    fn read(self) -> Result<(Session, User), sqlx::Error> {
        let user = User::from(self.user);
        let row = self.session;
        // A row of a later version: better to say so than to guess how strict it is.
        let policy = PolicyName::from_name(&row.policy).ok_or_else(|| sqlx::Error::Decode(row.policy.into()))?;
        let session = Session {
            id: row.session_id,
            user_id: user.id.clone(),
            policy,
            label: row.label,
            device: Device { browser: row.browser, os: row.os },
            ip: row.ip,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
            idle_limit: row.idle_limit.map(|millis| Duration::from_millis(millis.unsigned_abs())),
        };
        Ok((session, user))
    }
}

#[derive(FromRow)]
struct EndedRow {
    session_id: SessionId,
    user_id: UserId,
    end_reason: String,
}

impl From<EndedRow> for Ended {
    fn from(row: EndedRow) -> Self {
        Self { session_id: row.session_id, reason: EndReason::from_name(&row.end_reason) }
    }
}

/// Begins a session, as part of a transaction.
pub(super) async fn begin(
    connection: &mut AnyConnection,
    NewSession { session, token_hash }: &NewSession,
    actor: &Actor,
    now: Moment,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into sessions (session_id, user_id, policy, token_hash, browser, os, ip, \
                               created_at, last_used_at, expires_at, idle_limit) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(&session.id)
    .bind(&session.user_id)
    .bind(session.policy.name())
    .bind(token_hash)
    .bind(&session.device.browser)
    .bind(&session.device.os)
    .bind(&session.ip)
    .bind(session.created_at)
    .bind(session.last_used_at)
    .bind(session.expires_at)
    .bind(session.idle_limit.map(millis))
    .execute(&mut *connection)
    .await?;
    let event = Event {
        kind: EventKind::LoggedIn,
        user_id: Some(&session.user_id),
        session_id: Some(&session.id),
        reason: None,
        actor,
    };
    events::record(connection, &event, now).await
}

/// Ends one session, if it is still live. The condition is the lock: of any number of callers one ends it.
async fn end(
    connection: &mut AnyConnection,
    session_id: &SessionId,
    reason: EndReason,
    actor: &Actor,
    now: Moment,
) -> Result<Option<Ended>, sqlx::Error> {
    let row: Option<EndedRow> = sqlx::query_as(
        "update sessions set ended_at = $1, end_reason = $2 where session_id = $3 and ended_at is null \
         returning session_id, user_id, end_reason",
    )
    .bind(now)
    .bind(reason.name())
    .bind(session_id)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    record_end(connection, &row, actor, now).await?;
    Ok(Some(row.into()))
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

/// Ends all live sessions of a user but one, because the password has changed.
pub(super) async fn end_others(
    connection: &mut AnyConnection,
    user_id: &UserId,
    kept: &SessionId,
    actor: &Actor,
    now: Moment,
) -> Result<Vec<Ended>, sqlx::Error> {
    let rows: Vec<EndedRow> = sqlx::query_as(
        "update sessions set ended_at = $1, end_reason = $2 \
         where user_id = $3 and session_id <> $4 and ended_at is null \
         returning session_id, user_id, end_reason",
    )
    .bind(now)
    .bind(EndReason::PasswordChanged.name())
    .bind(user_id)
    .bind(kept)
    .fetch_all(&mut *connection)
    .await?;
    for row in &rows {
        record_end(connection, row, actor, now).await?;
    }
    Ok(rows.into_iter().map(Ended::from).collect())
}

async fn record_end(
    connection: &mut AnyConnection,
    row: &EndedRow,
    actor: &Actor,
    now: Moment,
) -> Result<(), sqlx::Error> {
    let event = Event {
        kind: EventKind::SessionEnded,
        user_id: Some(&row.user_id),
        session_id: Some(&row.session_id),
        reason: Some(EndReason::from_name(&row.end_reason)),
        actor,
    };
    events::record(connection, &event, now).await
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

    /// The live session that a refresh token belongs to, with its owner. The one query of a refresh: a session that has
    /// ended or reached its end is not found.
    pub async fn live_session(
        &self,
        presented: &Presented,
        now: Moment,
    ) -> Result<Option<(Session, User)>, sqlx::Error> {
        let row: Option<LiveRow> = sqlx::query_as(
            "select s.session_id, s.policy, s.label, s.browser, s.os, s.ip, \
                    s.created_at, s.last_used_at, s.expires_at, s.idle_limit, \
                    u.user_id, u.email, u.name, u.roles, u.password_hash, u.password_version, u.created_at as user_created_at, u.disabled_at \
             from sessions s join users u on u.user_id = s.user_id \
             where s.session_id = $1 and s.token_hash = $2 and s.expires_at > $3 and s.ended_at is null \
               and u.disabled_at is null",
        )
        .bind(&presented.session_id)
        .bind(&presented.token_hash)
        .bind(now)
        .fetch_optional(&self.read)
        .await?;
        row.map(LiveRow::read).transpose()
    }

    /// Why a session is over.
    pub async fn end_reason(&self, presented: &Presented, now: Moment) -> Result<EndReason, sqlx::Error> {
        let row: Option<(Option<String>, Moment, Option<Moment>)> = sqlx::query_as(
            "select s.end_reason, s.expires_at, u.disabled_at \
             from sessions s join users u on u.user_id = s.user_id \
             where s.session_id = $1 and s.token_hash = $2",
        )
        .bind(&presented.session_id)
        .bind(&presented.token_hash)
        .fetch_optional(&self.read)
        .await?;
        Ok(match row {
            Some((Some(reason), ..)) => EndReason::from_name(&reason),
            Some((None, expires_at, _)) if expires_at <= now => EndReason::Expired,
            Some((None, _, Some(_))) => EndReason::RevokedByAdmin,
            _ => EndReason::Unknown,
        })
    }

    /// The sessions that ended after `since`.
    pub async fn ended_since(&self, since: Moment) -> Result<Vec<Ended>, sqlx::Error> {
        let rows: Vec<EndedRow> =
            sqlx::query_as("select session_id, user_id, end_reason from sessions where ended_at > $1")
                .bind(since)
                .fetch_all(&self.read)
                .await?;
        Ok(rows.into_iter().map(Ended::from).collect())
    }

    /// Writes a batch of last uses; none goes back in time.
    pub async fn record_uses(&self, uses: &HashMap<SessionId, Moment>) -> Result<(), sqlx::Error> {
        if uses.is_empty() {
            return Ok(());
        }
        let mut transaction = self.write.begin().await?;
        for (session_id, used) in uses {
            sqlx::query("update sessions set last_used_at = $1 where session_id = $2 and last_used_at < $1")
                .bind(used)
                .bind(session_id)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await
    }

    /// Forgets sessions that were over before `before`, a few at a time so that nobody waits for the sweep.
    pub async fn sweep_sessions(&self, before: Moment) -> Result<u64, sqlx::Error> {
        let swept = sqlx::query(
            "delete from sessions where session_id in \
             (select session_id from sessions where expires_at < $1 or ended_at < $1 limit 100)",
        )
        .bind(before)
        .execute(&self.write)
        .await?;
        Ok(swept.rows_affected())
    }
}
