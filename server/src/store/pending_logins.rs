//! The table `pending_logins`.

use sqlx::{AnyConnection, FromRow};

use super::Store;
use crate::{
    clock::Moment,
    model::{
        credential::CredentialHash,
        pending_login::{PendingLogin, SECOND_STEP_LIFETIME},
        rate_limit::RateLimitKey,
        user::{User, UserId},
    },
};

#[derive(FromRow)]
struct PendingLoginRow {
    user_id: UserId,
    limits: String,
}

/// Adds a login that waits for its second factor, as part of a transaction that has locked the row of `user`. Its success makes
/// `limits` full again.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    ticket: &CredentialHash,
    user: &User,
    limits: &[RateLimitKey],
    now: Moment,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into pending_logins (ticket_hash, user_id, password_version, factors_version, limits, created_at, expires_at) \
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(ticket)
    .bind(&user.id)
    .bind(user.password_version)
    .bind(user.factors_version)
    .bind(RateLimitKey::text(limits))
    .bind(now)
    .bind(now.plus(SECOND_STEP_LIFETIME))
    .execute(connection)
    .await
    .map(drop)
}

/// Uses up a login that waits for its second factor, as part of a transaction that has locked the row of `user`. `false` when it is
/// unknown, used or expired, or from before a change of the password, the email or the factors.
pub(super) async fn take(
    connection: &mut AnyConnection,
    ticket: &CredentialHash,
    user: &User,
    now: Moment,
) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query(
        "delete from pending_logins where ticket_hash = $1 and user_id = $2 and expires_at > $3 \
         and password_version = $4 and factors_version = $5",
    )
    .bind(ticket)
    .bind(&user.id)
    .bind(now)
    .bind(user.password_version)
    .bind(user.factors_version)
    .execute(connection)
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// Ends all logins of a user that wait for their second factor, as part of a transaction.
pub(super) async fn delete_all(connection: &mut AnyConnection, user_id: &UserId) -> Result<(), sqlx::Error> {
    sqlx::query("delete from pending_logins where user_id = $1").bind(user_id).execute(connection).await.map(drop)
}

impl Store {
    /// A login that waits for its second factor, and continues to. `None` where `take` has none.
    pub async fn pending_login(
        &self,
        ticket: &CredentialHash,
        now: Moment,
    ) -> Result<Option<PendingLogin>, sqlx::Error> {
        let _login = self.login_permit().await?;
        let row: Option<PendingLoginRow> = sqlx::query_as(
            "select user_id, limits from pending_logins where ticket_hash = $1 and expires_at > $2 and exists \
             (select 1 from users u where u.user_id = pending_logins.user_id and u.password_version = pending_logins.password_version \
              and u.factors_version = pending_logins.factors_version and u.disabled_at is null and u.delete_at is null \
              and u.password_refused_at is null)",
        )
        .bind(ticket)
        .bind(now)
        .fetch_optional(&self.read)
        .await?;
        Ok(row.map(|row| PendingLogin { user_id: row.user_id, limits: RateLimitKey::of_text(&row.limits) }))
    }

    /// Deletes up to 100 that expired before `before`.
    pub async fn delete_pending_logins(&self, before: Moment) -> Result<u64, sqlx::Error> {
        self.write(|| {
            sqlx::query(
                "delete from pending_logins where ticket_hash in \
                 (select ticket_hash from pending_logins where expires_at < $1 limit 100)",
            )
            .bind(before)
        })
        .await
    }
}
