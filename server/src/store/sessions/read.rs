//! Reads sessions.

use doorward_api::PolicyName;
use sqlx::FromRow;

use super::row::SessionRow;
use crate::{
    clock::Moment,
    model::{
        credential::CredentialHash,
        session::{Session, SessionId},
        user::{Email, User, UserId},
    },
    store::{
        Store,
        users::{self, UserRow},
    },
};

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

#[derive(FromRow)]
struct OwnedRow {
    #[sqlx(flatten)]
    session: SessionRow,
    email: Email,
}

impl Store {
    /// The live session that a proof is of, with its owner. The one query of a refresh: a session that has ended or reached
    /// its end is not found.
    pub async fn live_session(
        &self,
        credential_hash: &CredentialHash,
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
        .bind(credential_hash)
        .bind(now)
        .fetch_optional(&self.read)
        .await?;
        row.map(|row| Ok((row.session.read()?, row.user.into()))).transpose()
    }

    /// The session that a proof is of, live or not, with its policy where this version knows it.
    pub async fn session_of_credential(
        &self,
        credential_hash: &CredentialHash,
    ) -> Result<Option<(SessionId, Option<PolicyName>)>, sqlx::Error> {
        let row: Option<(SessionId, String)> =
            sqlx::query_as("select session_id, policy from sessions where token_hash = $1")
                .bind(credential_hash)
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

    /// Everybody's live sessions with the owner's email, newest first.
    pub async fn all_live_sessions(&self, now: Moment) -> Result<Vec<(Session, Email)>, sqlx::Error> {
        let rows: Vec<OwnedRow> = sqlx::query_as(
            "select s.session_id, s.user_id, s.policy, s.label, s.browser, s.os, s.ip, \
                    s.created_at, s.last_used_at, s.expires_at, s.idle_limit, u.email \
             from sessions s join users u on u.user_id = s.user_id \
             where s.expires_at > $1 and s.ended_at is null order by s.created_at desc, s.session_id desc",
        )
        .bind(now)
        .fetch_all(&self.read)
        .await?;
        rows.into_iter().map(|row| Ok((row.session.read()?, row.email))).collect()
    }
}
