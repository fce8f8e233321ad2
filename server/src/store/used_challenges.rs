//! The table `used_challenges`.

use sqlx::AnyConnection;

use super::Store;
use crate::{clock::Moment, model::challenge::ChallengeUse};

/// Uses a challenge, as part of the transaction of what it is used for. `false`: it has been used before. Of any number of
/// concurrent uses, one succeeds.
pub(super) async fn take(connection: &mut AnyConnection, challenge: &ChallengeUse) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query(
        "insert into used_challenges (challenge_hash, expires_at) values ($1, $2) on conflict (challenge_hash) do nothing",
    )
    .bind(&challenge.hash)
    .bind(challenge.expires_at)
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

impl Store {
    /// Uses a challenge by itself. `false`: it has been used before.
    pub async fn use_challenge(&self, challenge: &ChallengeUse) -> Result<bool, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let is_first = take(&mut transaction, challenge).await?;
            transaction.commit().await?;
            Ok(is_first)
        })
        .await
    }

    /// Deletes up to 100 that expired before `before`.
    pub async fn delete_used_challenges(&self, before: Moment) -> Result<u64, sqlx::Error> {
        self.write(|| {
            sqlx::query(
                "delete from used_challenges where challenge_hash in \
                 (select challenge_hash from used_challenges where expires_at < $1 limit 100)",
            )
            .bind(before)
        })
        .await
    }
}
