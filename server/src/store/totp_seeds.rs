//! The table `totp_seeds`.

use sqlx::{AnyConnection, FromRow};

use super::Store;
use crate::model::{totp::SeedId, user::UserId};

/// A seed in use.
#[derive(Clone, Debug, FromRow)]
pub struct StoredSeed {
    #[sqlx(rename = "seed_id")]
    pub id: SeedId,
    /// Encrypted, for the row with this ID.
    pub sealed: String,
}

/// Uses the code of a step, as part of a transaction. `false` when that step or a newer one has been used, or when the seed is not
/// in use any more: the seed of a new set-up has steps of its own.
pub(super) async fn use_step(connection: &mut AnyConnection, seed_id: &SeedId, step: i64) -> Result<bool, sqlx::Error> {
    // Forward only. The condition is the lock.
    let used = sqlx::query(
        "update totp_seeds set last_step = $1 where seed_id = $2 and last_step < $1 and confirmed_at is not null",
    )
    .bind(step)
    .bind(seed_id)
    .execute(connection)
    .await?;
    Ok(used.rows_affected() == 1)
}

impl Store {
    /// The seed that is in use, of a user who has one.
    pub async fn totp_seed(&self, user_id: &UserId) -> Result<Option<StoredSeed>, sqlx::Error> {
        sqlx::query_as("select seed_id, sealed from totp_seeds where user_id = $1 and confirmed_at is not null")
            .bind(user_id)
            .fetch_optional(&self.read)
            .await
    }
}
