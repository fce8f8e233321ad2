//! Reads sessions.

use doorward_api::PolicyName;
use sqlx::FromRow;

use super::row::{SessionRow, session_columns};
use crate::{
    clock::Moment,
    model::{
        credential::CredentialHash,
        email::Email,
        session::{Session, SessionId},
        user::{Identity, UserId},
    },
    store::{Store, users},
};

#[derive(FromRow)]
struct SessionWithUser {
    #[sqlx(flatten)]
    session: SessionRow,
    name: String,
    roles: String,
    second_step: i64,
}

#[derive(FromRow)]
struct SessionWithRoles {
    #[sqlx(flatten)]
    session: SessionRow,
    roles: String,
}

#[derive(FromRow)]
struct SessionWithEmail {
    #[sqlx(flatten)]
    session: SessionRow,
    email: Email,
}

impl Store {
    /// The live session with this credential, and its user. The only query of a refresh.
    pub async fn live_session_by_credential(
        &self,
        credential_hash: &CredentialHash,
        now: Moment,
    ) -> Result<Option<(Session, Identity)>, sqlx::Error> {
        let row: Option<SessionWithUser> = sqlx::query_as(concat!(
            "select ",
            session_columns!("s."),
            ", u.name, u.roles, u.second_step from sessions s join users u on u.user_id = s.user_id \
             where s.token_hash = $1 and s.expires_at > $2 and s.ended_at is null and u.disabled_at is null \
               and u.delete_at is null",
        ))
        .bind(credential_hash)
        .bind(now)
        .fetch_optional(&self.read)
        .await?;
        row.map(|row| {
            let session = row.session.into_session()?;
            let user = Identity {
                id: session.user_id.clone(),
                name: row.name,
                assigned_roles: users::parse_roles(&row.roles),
                has_second_step: row.second_step == 1,
            };
            Ok((session, user))
        })
        .transpose()
    }

    /// The credentials of a user's sessions that have not ended.
    pub async fn credentials_of(&self, user_id: &UserId) -> Result<Vec<CredentialHash>, sqlx::Error> {
        sqlx::query_scalar(
            "select token_hash from sessions where user_id = $1 and ended_at is null and token_hash is not null",
        )
        .bind(user_id)
        .fetch_all(&self.read)
        .await
    }

    /// The session with this credential, live or ended, and its policy; none for a policy of a later version.
    pub async fn session_by_credential(
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

    /// The session, unless its end has been recorded; it may be past its timeouts.
    pub async fn session(&self, session_id: &SessionId) -> Result<Option<Session>, sqlx::Error> {
        let row: Option<SessionRow> = sqlx::query_as(concat!(
            "select ",
            session_columns!(""),
            " from sessions where session_id = $1 and ended_at is null"
        ))
        .bind(session_id)
        .fetch_optional(&self.read)
        .await?;
        row.map(SessionRow::into_session).transpose()
    }

    /// The sessions of a user that have not ended or expired, newest first. Some may be idle: the caller decides,
    /// because the last uses may not have been written yet.
    pub async fn live_sessions(&self, user_id: &UserId, now: Moment) -> Result<Vec<Session>, sqlx::Error> {
        let rows: Vec<SessionRow> = sqlx::query_as(concat!(
            "select ",
            session_columns!(""),
            " from sessions where user_id = $1 and expires_at > $2 and ended_at is null \
                  order by created_at desc, session_id desc",
        ))
        .bind(user_id)
        .bind(now)
        .fetch_all(&self.read)
        .await?;
        rows.into_iter().map(SessionRow::into_session).collect()
    }

    /// A page of the live sessions of all users in the order of their ids, each with the user's roles.
    pub async fn live_sessions_after(
        &self,
        after: &SessionId,
        now: Moment,
        limit: usize,
    ) -> Result<Vec<(Session, Vec<String>)>, sqlx::Error> {
        let rows: Vec<SessionWithRoles> = sqlx::query_as(concat!(
            "select ",
            session_columns!("s."),
            ", u.roles from sessions s join users u on u.user_id = s.user_id \
                  where s.session_id > $1 and s.expires_at > $2 and s.ended_at is null order by s.session_id limit $3",
        ))
        .bind(after)
        .bind(now)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.read)
        .await?;
        rows.into_iter().map(|row| Ok((row.session.into_session()?, users::parse_roles(&row.roles)))).collect()
    }

    /// A live session with its user's email.
    pub async fn live_session(&self, id: &SessionId, now: Moment) -> Result<Option<(Session, Email)>, sqlx::Error> {
        let row: Option<SessionWithEmail> = sqlx::query_as(concat!(
            "select ",
            session_columns!("s."),
            ", u.email from sessions s join users u on u.user_id = s.user_id \
                  where s.session_id = $1 and s.expires_at > $2 and s.ended_at is null",
        ))
        .bind(id)
        .bind(now)
        .fetch_optional(&self.read)
        .await?;
        row.map(|row| Ok((row.session.into_session()?, row.email))).transpose()
    }

    /// The live sessions of all users, each with the user's email, newest first.
    pub async fn all_live_sessions(&self, now: Moment) -> Result<Vec<(Session, Email)>, sqlx::Error> {
        let rows: Vec<SessionWithEmail> = sqlx::query_as(concat!(
            "select ",
            session_columns!("s."),
            ", u.email from sessions s join users u on u.user_id = s.user_id \
                  where s.expires_at > $1 and s.ended_at is null order by s.created_at desc, s.session_id desc",
        ))
        .bind(now)
        .fetch_all(&self.read)
        .await?;
        rows.into_iter().map(|row| Ok((row.session.into_session()?, row.email))).collect()
    }
}
