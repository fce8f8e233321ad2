//! The table `recovery_codes`.

use sqlx::AnyConnection;

use super::Store;
use crate::{
    clock::Moment,
    model::{credential::CredentialHash, user::UserId},
};

/// The factors of a user beside passkeys.
#[derive(Clone, Copy, Debug)]
pub struct TotpAndCodes {
    pub has_totp: bool,
    pub recovery_codes: u32,
}

/// Uses a code, as part of a transaction. `false` when it is unknown or has been used.
pub(super) async fn take(
    connection: &mut AnyConnection,
    user_id: &UserId,
    code: &CredentialHash,
) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query("delete from recovery_codes where code_hash = $1 and user_id = $2")
        .bind(code)
        .bind(user_id)
        .execute(connection)
        .await?;
    Ok(taken.rows_affected() == 1)
}

/// Makes these the codes of a user, as part of a transaction. The ones from before are unknown then.
pub(super) async fn replace(
    connection: &mut AnyConnection,
    user_id: &UserId,
    codes: &[CredentialHash],
    now: Moment,
) -> Result<(), sqlx::Error> {
    delete_all(connection, user_id).await?;
    for code in codes {
        sqlx::query("insert into recovery_codes (code_hash, user_id, created_at) values ($1, $2, $3)")
            .bind(code)
            .bind(user_id)
            .bind(now)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// As part of a transaction.
pub(super) async fn delete_all(connection: &mut AnyConnection, user_id: &UserId) -> Result<(), sqlx::Error> {
    sqlx::query("delete from recovery_codes where user_id = $1").bind(user_id).execute(connection).await.map(drop)
}

/// The number of codes of a user, as part of a transaction.
pub(super) async fn count(connection: &mut AnyConnection, user_id: &UserId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("select count(*) from recovery_codes where user_id = $1")
        .bind(user_id)
        .fetch_one(connection)
        .await
}

impl Store {
    /// Whether a user has an authenticator app, and the number of recovery codes.
    pub async fn totp_and_recovery_codes(&self, user_id: &UserId) -> Result<TotpAndCodes, sqlx::Error> {
        let (seeds, codes): (i64, i64) = sqlx::query_as(
            "select (select count(*) from totp_seeds where user_id = $1 and confirmed_at is not null), \
                    (select count(*) from recovery_codes where user_id = $1)",
        )
        .bind(user_id)
        .fetch_one(&self.read)
        .await?;
        Ok(TotpAndCodes { has_totp: seeds > 0, recovery_codes: u32::try_from(codes).unwrap_or(u32::MAX) })
    }

    /// How many codes a user has, if this is one of them. Otherwise `None`.
    pub async fn recovery_codes_with(
        &self,
        user_id: &UserId,
        code: &CredentialHash,
    ) -> Result<Option<u32>, sqlx::Error> {
        let (count, matching): (i64, i64) = sqlx::query_as(
            "select count(*), count(case when code_hash = $2 then 1 end) from recovery_codes where user_id = $1",
        )
        .bind(user_id)
        .bind(code)
        .fetch_one(&self.read)
        .await?;
        Ok((matching == 1).then(|| u32::try_from(count).unwrap_or(u32::MAX)))
    }
}
