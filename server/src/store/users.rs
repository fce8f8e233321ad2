//! The table `users`.

use doorward_api::EventKind;
use sqlx::{AnyConnection, FromRow};

use super::{Store, audit, invitations, search_terms, transaction::Transaction};
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        email::Email,
        password::PasswordHash,
        session::SessionId,
        user::{Name, User, UserId},
    },
};

/// The columns of [`UserRow`].
macro_rules! user_columns {
    () => {
        "user_id, email, name, roles, password_hash, password_version, password_changed_at, \
         email_verified_at, factors_version, second_step, webauthn_handle, factors_reset_at, password_refused_at, \
         must_change_password, created_at as user_created_at, disabled_at, delete_at"
    };
}

#[derive(FromRow)]
pub(super) struct UserRow {
    user_id: UserId,
    email: Email,
    name: String,
    roles: String,
    password_hash: PasswordHash,
    password_version: i64,
    password_changed_at: Moment,
    email_verified_at: Option<Moment>,
    factors_version: i64,
    second_step: i64,
    webauthn_handle: Option<String>,
    factors_reset_at: Option<Moment>,
    password_refused_at: Option<Moment>,
    must_change_password: i64,
    user_created_at: Moment,
    disabled_at: Option<Moment>,
    delete_at: Option<Moment>,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            id: row.user_id,
            email: row.email,
            name: row.name,
            roles: parse_roles(&row.roles),
            password_hash: row.password_hash,
            password_version: row.password_version,
            // Earlier versions, which may still run on other nodes, leave it at 0.
            password_changed_at: row.password_changed_at.max(row.user_created_at),
            email_verified_at: row.email_verified_at,
            factors_version: row.factors_version,
            has_second_step: row.second_step == 1,
            webauthn_handle: row.webauthn_handle,
            factors_reset_at: row.factors_reset_at,
            password_refused_at: row.password_refused_at,
            must_change_password: row.must_change_password == 1,
            created_at: row.user_created_at,
            disabled_at: row.disabled_at,
            delete_at: row.delete_at,
        }
    }
}

pub(super) fn parse_roles(roles: &str) -> Vec<String> {
    roles.split_whitespace().map(str::to_owned).collect()
}

pub(super) use user_columns;

/// Records an event of an account that did not come from its user, as part of a transaction.
pub(super) async fn record(
    transaction: &mut Transaction,
    kind: EventKind,
    id: &UserId,
    actor: &Actor,
    now: Moment,
) -> Result<(), sqlx::Error> {
    let event = AuditEvent { kind, user_id: Some(id), session_id: None, reason: None, actor };
    audit::record(transaction, &event, now).await
}

/// Inserts a user, as part of a transaction. `false` when the email is taken.
pub(super) async fn add(connection: &mut AnyConnection, user: &User) -> Result<bool, sqlx::Error> {
    let added = sqlx::query(
        "insert into users (user_id, email, name, search_name, roles, password_hash, password_version, \
                            password_changed_at, created_at, email_verified_at) \
         values ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
    )
    .bind(&user.id)
    .bind(&user.email)
    .bind(&user.name)
    .bind(user.roles.join(" "))
    .bind(&user.password_hash)
    .bind(user.password_version)
    .bind(user.password_changed_at)
    .bind(user.created_at)
    .bind(user.email_verified_at)
    .execute(&mut *connection)
    .await?;
    if added.rows_affected() == 0 {
        return Ok(false);
    }
    search_terms::insert(connection, &user.id, &user.name, &user.email).await?;
    // It would be for an account that exists.
    invitations::delete(connection, &user.email).await?;
    Ok(true)
}

/// Locks the user's row, as a login and a password change do, until the end of the transaction: sessions of this user
/// that the transaction has read cannot end meanwhile. `false` when there is no such user.
pub(super) async fn lock(connection: &mut AnyConnection, id: &UserId) -> Result<bool, sqlx::Error> {
    let locked = sqlx::query("update users set disabled_at = disabled_at where user_id = $1")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(locked.rows_affected() == 1)
}

/// The part of a password hash before its salt: what the index `users_by_hash_params` has.
macro_rules! hash_params {
    () => {
        "substr(password_hash, 1, abs(length(password_hash) - 67))"
    };
}

/// Maximum number of different parameters to find.
const MAX_HASH_PARAMS: usize = 16;

impl Store {
    pub async fn user_by_email(&self, email: &Email) -> Result<Option<User>, sqlx::Error> {
        let _login = self.login_permit().await?;
        let row: Option<UserRow> = sqlx::query_as(concat!("select ", user_columns!(), " from users where email = $1"))
            .bind(email)
            .fetch_optional(&self.read)
            .await?;
        Ok(row.map(User::from))
    }

    pub async fn user(&self, id: &UserId) -> Result<Option<User>, sqlx::Error> {
        let row: Option<UserRow> =
            sqlx::query_as(concat!("select ", user_columns!(), " from users where user_id = $1"))
                .bind(id)
                .fetch_optional(&self.read)
                .await?;
        Ok(row.map(User::from))
    }

    /// Changes the name of a user, from one of their sessions. `false` when the account is disabled or does not exist.
    pub async fn change_name(
        &self,
        id: &UserId,
        new: &Name,
        from: &SessionId,
        actor: &Actor,
        now: Moment,
    ) -> Result<bool, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let email: Option<Email> = sqlx::query_scalar(
                "update users set name = $1, search_name = $1 where user_id = $2 and disabled_at is null returning email",
            )
            .bind(new.as_str())
            .bind(id)
            .fetch_optional(&mut *transaction)
            .await?;
            let Some(email) = email else {
                transaction.roll_back().await?;
                return Ok(false);
            };
            search_terms::replace(&mut transaction, id, new.as_str(), &email).await?;

            let event =
                AuditEvent { kind: EventKind::NameChanged, user_id: Some(id), session_id: Some(from), reason: None, actor };
            audit::record(&mut transaction, &event, now).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Replaces the hash by one of the same password with the current parameters, unless the password has changed
    /// meanwhile.
    pub async fn rehash(&self, user: &User, new: &PasswordHash) -> Result<(), sqlx::Error> {
        self.transaction(|mut transaction| async move {
            sqlx::query("update users set password_hash = $1 where user_id = $2 and password_version = $3")
                .bind(new)
                .bind(&user.id)
                .bind(user.password_version)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await
        })
        .await
    }

    /// Says whether the password of a user is known from a data breach, unless it has changed meanwhile.
    pub async fn set_must_change_password(&self, user: &User, must_change: bool) -> Result<(), sqlx::Error> {
        self.transaction(|mut transaction| async move {
            sqlx::query("update users set must_change_password = $1 where user_id = $2 and password_version = $3")
                .bind(i64::from(must_change))
                .bind(&user.id)
                .bind(user.password_version)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await
        })
        .await
    }

    /// The number of active users with a role who need no second factor after the password.
    pub async fn users_without_second_step(&self, role: &str) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar(
            "select count(*) from users where user_id > '' and second_step = 0 and disabled_at is null and delete_at is null \
             and replace(' ' || roles || ' ', ' ' || $1 || ' ', '') <> ' ' || roles || ' '",
        )
        .bind(role)
        .fetch_one(&self.read)
        .await
    }

    /// The parameters of the stored password hashes, as the prefix of the hash. A query for each: their number is small,
    /// that of users is not.
    pub async fn hash_params_in_use(&self) -> Result<Vec<String>, sqlx::Error> {
        let mut all = vec![String::new()];
        while all.len() <= MAX_HASH_PARAMS {
            let next: Option<String> = sqlx::query_scalar(concat!(
                "select ",
                hash_params!(),
                " from users where ",
                hash_params!(),
                " > $1 order by ",
                hash_params!(),
                " limit 1"
            ))
            .bind(all.last().cloned())
            .fetch_optional(&self.read)
            .await?;
            let Some(next) = next else { break };
            all.push(next);
        }
        all.remove(0);
        Ok(all)
    }

    /// Adds a user without a session. `false` when the email is taken.
    pub async fn add_user(&self, user: &User, now: Moment) -> Result<bool, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            if !add(&mut transaction, user).await? {
                transaction.roll_back().await?;
                return Ok(false);
            }
            record(&mut transaction, EventKind::Registered, &user.id, &Actor::Operator, now).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }
}
