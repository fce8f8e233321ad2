//! The table `recovery_codes`.

use sqlx::AnyConnection;

use super::Store;
use crate::model::{credential::CredentialHash, user::UserId};

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

impl Store {
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
