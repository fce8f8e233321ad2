//! Users.

use doorward_api::{EndReason, EventKind};
use sqlx::{AnyConnection, FromRow};

use super::{
    Store, attempts, events,
    revocation::{self, Revoked},
    sessions,
};
use crate::{
    clock::Moment,
    login::rate_limiter::Subject,
    model::{
        audit::{Actor, Event},
        password::PasswordHash,
        session::{Ended, SessionId},
        user::{Email, Name, User, UserId},
    },
    sessions::authenticate::NewSession,
};

#[derive(FromRow)]
pub(super) struct UserRow {
    user_id: UserId,
    email: Email,
    name: String,
    roles: String,
    password_hash: PasswordHash,
    password_version: i64,
    user_created_at: Moment,
    disabled_at: Option<Moment>,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            id: row.user_id,
            email: row.email,
            name: row.name,
            roles: read_roles(&row.roles),
            password_hash: row.password_hash,
            password_version: row.password_version,
            created_at: row.user_created_at,
            disabled_at: row.disabled_at,
        }
    }
}

/// Roles as a row holds them.
pub(super) fn read_roles(roles: &str) -> Vec<String> {
    roles.split_whitespace().map(str::to_owned).collect()
}

/// Adds a user, as part of a transaction; `false` when the email is taken.
pub(super) async fn add(connection: &mut AnyConnection, user: &User) -> Result<bool, sqlx::Error> {
    let added = sqlx::query(
        "insert into users (user_id, email, name, roles, password_hash, password_version, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
    )
    .bind(&user.id)
    .bind(&user.email)
    .bind(&user.name)
    .bind(user.roles.join(" "))
    .bind(&user.password_hash)
    .bind(user.password_version)
    .bind(user.created_at)
    .execute(connection)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Makes whoever else ends several sessions of this user wait, as a login and a change of the password do: what has
/// been read of them stays so until the end of the transaction.
pub(super) async fn lock(connection: &mut AnyConnection, id: &UserId) -> Result<(), sqlx::Error> {
    sqlx::query("update users set disabled_at = disabled_at where user_id = $1")
        .bind(id)
        .execute(connection)
        .await
        .map(drop)
}

impl Store {
    /// The user with this email.
    pub async fn user_by_email(&self, email: &Email) -> Result<Option<User>, sqlx::Error> {
        let row: Option<UserRow> = sqlx::query_as(
            "select user_id, email, name, roles, password_hash, password_version, created_at as user_created_at, disabled_at \
             from users where email = $1",
        )
        .bind(email)
        .fetch_optional(&self.read)
        .await?;
        Ok(row.map(User::from))
    }

    /// The user with this id.
    pub async fn user(&self, id: &UserId) -> Result<Option<User>, sqlx::Error> {
        let row: Option<UserRow> = sqlx::query_as(
            "select user_id, email, name, roles, password_hash, password_version, created_at as user_created_at, disabled_at \
             from users where user_id = $1",
        )
        .bind(id)
        .fetch_optional(&self.read)
        .await?;
        Ok(row.map(User::from))
    }

    /// Adds a user with a first session, and ends the one that the same browser had. Of any number that want the same
    /// email one gets it; the others get `None`.
    pub async fn register(
        &self,
        user: &User,
        begin: &NewSession,
        replaces: &[SessionId],
        actor: &Actor,
        now: Moment,
    ) -> Result<Option<Vec<Ended>>, sqlx::Error> {
        let mut transaction = self.begin().await?;
        if !add(&mut transaction, user).await? {
            transaction.roll_back().await?;
            return Ok(None);
        }

        let event =
            Event { kind: EventKind::Registered, user_id: Some(&user.id), session_id: None, reason: None, actor };
        events::record(&mut transaction, &event, now).await?;
        sessions::begin(&mut transaction, begin, actor, now).await?;
        let ended = revocation::make_room(&mut transaction, &begin.session, replaces, actor, now).await?;
        transaction.commit().await?;
        Ok(Some(ended))
    }

    /// Begins a session of `user`, ends the one that the same browser had and the oldest of too many, and gives the
    /// account its attempts back.
    /// `None` when the password or the account is not any more what `user` was checked against.
    pub async fn log_in(
        &self,
        user: &User,
        begin: &NewSession,
        replaces: &[SessionId],
        actor: &Actor,
        now: Moment,
    ) -> Result<Option<Vec<Ended>>, sqlx::Error> {
        let mut transaction = self.begin().await?;
        // This `update` is the lock: a change of the password comes before it and is noticed, or after it and ends the
        // session that begins here (R39).
        let unchanged = sqlx::query(
            "update users set password_version = $1 where user_id = $2 and password_version = $1 and disabled_at is null",
        )
        .bind(user.password_version)
        .bind(&user.id)
        .execute(&mut *transaction)
        .await?;
        if unchanged.rows_affected() == 0 {
            transaction.roll_back().await?;
            return Ok(None);
        }
        attempts::clear(&mut transaction, &Subject::account(&user.email)).await?;
        sessions::begin(&mut transaction, begin, actor, now).await?;
        let ended = revocation::make_room(&mut transaction, &begin.session, replaces, actor, now).await?;
        transaction.commit().await?;
        Ok(Some(ended))
    }

    /// Replaces the password that `user` was checked against, and ends every session but `kept` (R39). `None` when another change
    /// came first, [`Revoked::NotByThis`] when `kept` has ended meanwhile. The account has its attempts back.
    pub async fn change_password(
        &self,
        user: &User,
        new: &PasswordHash,
        kept: &SessionId,
        actor: &Actor,
        now: Moment,
    ) -> Result<Option<Revoked>, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let changed = sqlx::query(
            "update users set password_hash = $1, password_version = $2 where user_id = $3 and password_version = $4",
        )
        .bind(new)
        .bind(user.password_version + 1)
        .bind(&user.id)
        .bind(user.password_version)
        .execute(&mut *transaction)
        .await?;
        if changed.rows_affected() == 0 {
            transaction.roll_back().await?;
            return Ok(None);
        }
        // After the lock, and while it holds: hashing takes a while, and this session may have been ended in it.
        if !revocation::is_live(&mut transaction, kept, &user.id, now).await? {
            transaction.roll_back().await?;
            return Ok(Some(Revoked::NotByThis));
        }
        attempts::clear(&mut transaction, &Subject::account(&user.email)).await?;

        let event = Event {
            kind: EventKind::PasswordChanged,
            user_id: Some(&user.id),
            session_id: Some(kept),
            reason: None,
            actor,
        };
        events::record(&mut transaction, &event, now).await?;
        let reason = |id: &SessionId| (id != kept).then_some(EndReason::PasswordChanged);
        let ended = revocation::end_all(&mut transaction, &user.id, reason, actor, now).await?;
        transaction.commit().await?;
        Ok(Some(Revoked::Ended(ended)))
    }

    /// Gives a user another name, from one of their sessions. `false` when there is no such user, or not any more.
    pub async fn change_name(
        &self,
        id: &UserId,
        new: &Name,
        from: &SessionId,
        actor: &Actor,
        now: Moment,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let changed = sqlx::query("update users set name = $1 where user_id = $2 and disabled_at is null")
            .bind(new.as_str())
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        if changed.rows_affected() == 0 {
            transaction.roll_back().await?;
            return Ok(false);
        }

        let event =
            Event { kind: EventKind::NameChanged, user_id: Some(id), session_id: Some(from), reason: None, actor };
        events::record(&mut transaction, &event, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Replaces the hash by one of the same password with today's settings; nothing when the password has changed since.
    pub async fn rehash(&self, user: &User, new: &PasswordHash) -> Result<(), sqlx::Error> {
        let mut transaction = self.begin().await?;
        sqlx::query("update users set password_hash = $1 where user_id = $2 and password_version = $3")
            .bind(new)
            .bind(&user.id)
            .bind(user.password_version)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }
}
