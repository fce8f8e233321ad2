//! What the operator does, at the command line, beside a running server.

use doorward_api::{EndReason, EventKind};
use sqlx::{AnyConnection, FromRow};

use super::{Store, events, revocation, sessions::SessionRow, users, users::UserRow};
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, Event},
        session::{Session, SessionId},
        user::{Email, User, UserId},
    },
};

#[derive(FromRow)]
struct CountedRow {
    #[sqlx(flatten)]
    user: UserRow,
    sessions: i64,
}

#[derive(FromRow)]
struct OwnedRow {
    #[sqlx(flatten)]
    session: SessionRow,
    email: Email,
}

async fn record(connection: &mut AnyConnection, kind: EventKind, id: &UserId, now: Moment) -> Result<(), sqlx::Error> {
    let event = Event { kind, user_id: Some(id), session_id: None, reason: None, actor: &Actor::OPERATOR };
    events::record(connection, &event, now).await
}

impl Store {
    /// Everybody, by email, with the number of their live sessions.
    pub async fn users(&self, now: Moment) -> Result<Vec<(User, i64)>, sqlx::Error> {
        let rows: Vec<CountedRow> = sqlx::query_as(
            "select user_id, email, name, roles, password_hash, password_version, created_at as user_created_at, disabled_at, \
                    (select count(*) from sessions s \
                     where s.user_id = users.user_id and s.expires_at > $1 and s.ended_at is null) as sessions \
             from users order by email",
        )
        .bind(now)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(|row| (row.user.into(), row.sessions)).collect())
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

    /// Adds a user who is not logged in yet; `false` when the email is taken.
    pub async fn add_user(&self, user: &User, now: Moment) -> Result<bool, sqlx::Error> {
        let mut transaction = self.begin().await?;
        if !users::add(&mut transaction, user).await? {
            transaction.roll_back().await?;
            return Ok(false);
        }
        record(&mut transaction, EventKind::Registered, &user.id, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Disables an account and ends its sessions (R39). How many were live; none when it was disabled before.
    pub async fn disable_user(&self, id: &UserId, now: Moment) -> Result<usize, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let disabled = sqlx::query("update users set disabled_at = $1 where user_id = $2 and disabled_at is null")
            .bind(now)
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        if disabled.rows_affected() == 0 {
            transaction.roll_back().await?;
            return Ok(0);
        }
        record(&mut transaction, EventKind::AccountDisabled, id, now).await?;
        let reason = |_: &SessionId| Some(EndReason::RevokedByAdmin);
        let ended = revocation::end_all(&mut transaction, id, reason, &Actor::OPERATOR, now).await?;
        transaction.commit().await?;
        Ok(ended.iter().filter(|ended| ended.expires_at > now).count())
    }

    /// Enables an account again; `false` when it was not disabled.
    pub async fn enable_user(&self, id: &UserId, now: Moment) -> Result<bool, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let enabled = sqlx::query("update users set disabled_at = null where user_id = $1 and disabled_at is not null")
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        if enabled.rows_affected() == 0 {
            transaction.roll_back().await?;
            return Ok(false);
        }
        record(&mut transaction, EventKind::AccountEnabled, id, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Replaces the roles that `user` was seen with, and ends that person's sessions if they are to change at once; `None`
    /// when somebody else came first, otherwise how many live sessions have ended.
    pub async fn change_roles(
        &self,
        user: &User,
        roles: &[String],
        at_once: bool,
        now: Moment,
    ) -> Result<Option<usize>, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let changed = sqlx::query("update users set roles = $1 where user_id = $2 and roles = $3")
            .bind(roles.join(" "))
            .bind(&user.id)
            .bind(user.roles.join(" "))
            .execute(&mut *transaction)
            .await?;
        if changed.rows_affected() == 0 {
            transaction.roll_back().await?;
            return Ok(None);
        }
        if roles != user.roles {
            record(&mut transaction, EventKind::RolesChanged, &user.id, now).await?;
        }
        let reason = |_: &SessionId| at_once.then_some(EndReason::RevokedByAdmin);
        let ended = revocation::end_all(&mut transaction, &user.id, reason, &Actor::OPERATOR, now).await?;
        transaction.commit().await?;
        Ok(Some(ended.iter().filter(|ended| ended.expires_at > now).count()))
    }
}
