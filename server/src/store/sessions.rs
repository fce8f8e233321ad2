//! Sessions.

use std::{collections::HashMap, time::Duration};

use doorward_api::{EventKind, PolicyName};
use sqlx::{AnyConnection, FromRow};

use super::{
    Store, events,
    users::{self, UserRow},
};
use crate::{
    clock::{Moment, millis},
    model::{
        audit::{Actor, Event},
        device::Device,
        session::{Label, Session, SessionId},
        user::{User, UserId},
    },
    sessions::authenticate::{NewSession, TokenHash},
};

#[derive(FromRow)]
pub(super) struct SessionRow {
    session_id: SessionId,
    user_id: UserId,
    policy: String,
    label: Option<Label>,
    browser: String,
    os: String,
    ip: String,
    created_at: Moment,
    last_used_at: Moment,
    expires_at: Moment,
    idle_limit: Option<i64>,
}

impl SessionRow {
    pub(super) fn read(self) -> Result<Session, sqlx::Error> {
        // A row of a later version: better to say so than to guess how strict it is.
        let policy = PolicyName::from_name(&self.policy).ok_or_else(|| sqlx::Error::Decode(self.policy.into()))?;
        Ok(Session {
            id: self.session_id,
            user_id: self.user_id,
            policy,
            label: self.label,
            device: Device { browser: self.browser, os: self.os },
            ip: self.ip,
            created_at: self.created_at,
            last_used_at: self.last_used_at,
            expires_at: self.expires_at,
            idle_limit: self.idle_limit.map(|millis| Duration::from_millis(millis.unsigned_abs())),
        })
    }
}

#[derive(FromRow)]
struct LiveRow {
    #[sqlx(flatten)]
    session: SessionRow,
    #[sqlx(flatten)]
    user: UserRow,
}

#[derive(FromRow)]
struct WithRoles {
    #[sqlx(flatten)]
    session: SessionRow,
    roles: String,
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
                               created_at, last_used_at, expires_at, idle_limit, may_end_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
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
    .bind(session.over_at())
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

impl Store {
    /// The live session that a proof is of, with its owner. The one query of a refresh: a session that has ended or reached
    /// its end is not found.
    pub async fn live_session(
        &self,
        token_hash: &TokenHash,
        now: Moment,
    ) -> Result<Option<(Session, User)>, sqlx::Error> {
        let row: Option<LiveRow> = sqlx::query_as(
            "select s.session_id, s.policy, s.label, s.browser, s.os, s.ip, \
                    s.created_at, s.last_used_at, s.expires_at, s.idle_limit, \
                    u.user_id, u.email, u.name, u.roles, u.password_hash, u.password_version, \
                    u.created_at as user_created_at, u.disabled_at \
             from sessions s join users u on u.user_id = s.user_id \
             where s.token_hash = $1 and s.expires_at > $2 and s.ended_at is null and u.disabled_at is null",
        )
        .bind(token_hash)
        .bind(now)
        .fetch_optional(&self.read)
        .await?;
        row.map(|row| Ok((row.session.read()?, row.user.into()))).transpose()
    }

    /// The session that a proof is of, live or not, with its policy where this version knows it.
    pub async fn session_of_token(
        &self,
        token_hash: &TokenHash,
    ) -> Result<Option<(SessionId, Option<PolicyName>)>, sqlx::Error> {
        let row: Option<(SessionId, String)> =
            sqlx::query_as("select session_id, policy from sessions where token_hash = $1")
                .bind(token_hash)
                .fetch_optional(&self.read)
                .await?;
        Ok(row.map(|(session_id, policy)| (session_id, PolicyName::from_name(&policy))))
    }

    /// A session that nobody has ended, as far as the database knows.
    pub async fn session(&self, session_id: &SessionId) -> Result<Option<Session>, sqlx::Error> {
        let row: Option<SessionRow> = sqlx::query_as(
            "select session_id, user_id, policy, label, browser, os, ip, \
                    created_at, last_used_at, expires_at, idle_limit \
             from sessions where session_id = $1 and ended_at is null",
        )
        .bind(session_id)
        .fetch_optional(&self.read)
        .await?;
        row.map(SessionRow::read).transpose()
    }

    /// The sessions of a user that have not ended or reached their end, newest first. Whether one is idle is for the memory
    /// of last uses to say.
    pub async fn live_sessions(&self, user_id: &UserId, now: Moment) -> Result<Vec<Session>, sqlx::Error> {
        let rows: Vec<SessionRow> = sqlx::query_as(
            "select session_id, user_id, policy, label, browser, os, ip, created_at, last_used_at, expires_at, idle_limit \
             from sessions where user_id = $1 and expires_at > $2 and ended_at is null \
             order by created_at desc, session_id desc",
        )
        .bind(user_id)
        .bind(now)
        .fetch_all(&self.read)
        .await?;
        rows.into_iter().map(SessionRow::read).collect()
    }

    /// A page of everybody's live sessions in the order of their ids, each with the roles of its owner.
    pub async fn live_sessions_after(
        &self,
        after: &SessionId,
        now: Moment,
        most: usize,
    ) -> Result<Vec<(Session, Vec<String>)>, sqlx::Error> {
        let rows: Vec<WithRoles> = sqlx::query_as(
            "select s.session_id, s.user_id, s.policy, s.label, s.browser, s.os, s.ip, \
                    s.created_at, s.last_used_at, s.expires_at, s.idle_limit, u.roles \
             from sessions s join users u on u.user_id = s.user_id \
             where s.session_id > $1 and s.expires_at > $2 and s.ended_at is null order by s.session_id limit $3",
        )
        .bind(after)
        .bind(now)
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&self.read)
        .await?;
        rows.into_iter().map(|row| Ok((row.session.read()?, users::read_roles(&row.roles)))).collect()
    }

    /// Gives live sessions an earlier end and a shorter idle limit; neither ever grows. Access tokens that they have may be
    /// good until `tokens_until`.
    pub async fn shorten_sessions(&self, sessions: &[Session], tokens_until: Moment) -> Result<(), sqlx::Error> {
        if sessions.is_empty() {
            return Ok(());
        }
        // They come in the order of their ids, as for whoever ends several.
        let mut transaction = self.begin().await?;
        for session in sessions {
            sqlx::query(
                "update sessions set expires_at = $1, idle_limit = $2, may_end_at = $3, tokens_until = $4 \
                 where session_id = $5 and ended_at is null and expires_at >= $1",
            )
            .bind(session.expires_at)
            .bind(session.idle_limit.map(millis))
            .bind(session.over_at())
            .bind(tokens_until)
            .bind(&session.id)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await
    }

    /// Names the device of a session of `owner`; `None` when there is no such session, or it is over.
    pub async fn rename_session(
        &self,
        session_id: &SessionId,
        owner: &UserId,
        label: Option<&Label>,
        now: Moment,
    ) -> Result<Option<Session>, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let row: Option<SessionRow> = sqlx::query_as(
            "update sessions set label = $1 \
             where session_id = $2 and user_id = $3 and expires_at > $4 and ended_at is null \
             returning session_id, user_id, policy, label, browser, os, ip, created_at, last_used_at, expires_at, idle_limit",
        )
        .bind(label)
        .bind(session_id)
        .bind(owner)
        .bind(now)
        .fetch_optional(&mut *transaction)
        .await?;
        transaction.commit().await?;
        row.map(SessionRow::read).transpose()
    }

    /// Writes last uses, a few at a time so that nobody waits for all of them; none goes back in time.
    pub async fn record_uses(&self, uses: &HashMap<SessionId, Moment>) -> Result<(), sqlx::Error> {
        // In the order of their ids, as whoever ends several.
        let mut uses: Vec<_> = uses.iter().collect();
        uses.sort_by(|(one, _), (other, _)| one.0.cmp(&other.0));
        for some in uses.chunks(500) {
            let mut transaction = self.begin().await?;
            for (session_id, used) in some {
                sqlx::query("update sessions set last_used_at = $1 where session_id = $2 and last_used_at < $1")
                    .bind(used)
                    .bind(session_id)
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Forgets sessions that were over before `before`, a few at a time so that nobody waits for the sweep.
    pub async fn sweep_sessions(&self, before: Moment) -> Result<u64, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let swept = sqlx::query(
            "delete from sessions where session_id in \
             (select session_id from sessions where expires_at < $1 or ended_at < $1 limit 100)",
        )
        .bind(before)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(swept.rows_affected())
    }
}
