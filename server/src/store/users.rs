//! The table `users`.

use doorward_api::EventKind;
use sqlx::{AnyConnection, FromRow};

use super::{Store, audit};
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        cursor::Cursor,
        email::Email,
        password::PasswordHash,
        session::SessionId,
        user::{Name, User, UserId},
        user_summary::UserSummary,
    },
};

macro_rules! user_columns {
    () => {
        "user_id, email, name, roles, password_hash, password_version, created_at as user_created_at, disabled_at"
    };
}

/// The number of live sessions of a user at `$1`.
macro_rules! live_session_count {
    () => {
        "(select count(*) from sessions s \
          where s.user_id = users.user_id and s.expires_at > $1 and s.ended_at is null) as sessions"
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
    user_created_at: Moment,
    disabled_at: Option<Moment>,
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
            created_at: row.user_created_at,
            disabled_at: row.disabled_at,
        }
    }
}

pub(super) fn parse_roles(roles: &str) -> Vec<String> {
    roles.split_whitespace().map(str::to_owned).collect()
}

#[derive(FromRow)]
struct SummaryRow {
    #[sqlx(flatten)]
    user: UserRow,
    sessions: i64,
}

/// Records an event caused by the operator, as part of a transaction.
pub(super) async fn record(
    connection: &mut AnyConnection,
    kind: EventKind,
    id: &UserId,
    now: Moment,
) -> Result<(), sqlx::Error> {
    let event = AuditEvent { kind, user_id: Some(id), session_id: None, reason: None, actor: &Actor::Operator };
    audit::record(connection, &event, now).await
}

/// Inserts a user, as part of a transaction. `false` when the email is taken.
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

/// Locks the user's row, as a login and a password change do, until the end of the transaction: sessions of this user
/// that the transaction has read cannot end meanwhile.
pub(super) async fn lock(connection: &mut AnyConnection, id: &UserId) -> Result<(), sqlx::Error> {
    sqlx::query("update users set disabled_at = disabled_at where user_id = $1")
        .bind(id)
        .execute(connection)
        .await
        .map(drop)
}

/// The part of a password hash before its salt: what the index `users_by_hash_params` has.
macro_rules! hash_params {
    () => {
        "substr(password_hash, 1, abs(length(password_hash) - 67))"
    };
}

/// Maximum number of different parameters that are looked for.
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
            AuditEvent { kind: EventKind::NameChanged, user_id: Some(id), session_id: Some(from), reason: None, actor };
        audit::record(&mut transaction, &event, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Replaces the hash by one of the same password with the current parameters, unless the password has changed
    /// meanwhile.
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

    /// The parameters of the stored password hashes, as the parts of the hashes that say them. A query for each: their
    /// number is small, that of users is not.
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

    /// All users, ordered by email, each with the number of live sessions.
    pub async fn users(&self, now: Moment) -> Result<Vec<(User, i64)>, sqlx::Error> {
        let rows: Vec<SummaryRow> = sqlx::query_as(concat!(
            "select ",
            user_columns!(),
            ", ",
            live_session_count!(),
            " from users order by email"
        ))
        .bind(now)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(|row| (row.user.into(), row.sessions)).collect())
    }

    /// Adds a user without a session. `false` when the email is taken.
    pub async fn add_user(&self, user: &User, now: Moment) -> Result<bool, sqlx::Error> {
        let mut transaction = self.begin().await?;
        if !add(&mut transaction, user).await? {
            transaction.roll_back().await?;
            return Ok(false);
        }
        record(&mut transaction, EventKind::Registered, &user.id, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// `false` when the account was not disabled.
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

    /// A page of the users before `before`, newest first.
    pub async fn users_before(
        &self,
        before: &Cursor<UserId>,
        limit: i64,
        now: Moment,
    ) -> Result<Vec<UserSummary>, sqlx::Error> {
        let rows: Vec<SummaryRow> = sqlx::query_as(concat!(
            "select ",
            user_columns!(),
            ", ",
            live_session_count!(),
            " from users where (created_at, user_id) < ($2, $3) order by created_at desc, user_id desc limit $4",
        ))
        .bind(now)
        .bind(before.at)
        .bind(&before.id)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(|row| UserSummary { user: row.user.into(), sessions: row.sessions }).collect())
    }
}
