//! The table `totp_seeds`.

use sqlx::{AnyConnection, FromRow};

use super::Store;
use crate::{
    clock::Moment,
    model::{
        totp::{ResealedSeed, SETUP_LIFETIME, SeedId},
        user::UserId,
    },
};

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

/// Inserts a seed that is not in use yet, in the place of an unfinished one, as part of a transaction.
pub(super) async fn replace_unfinished(
    connection: &mut AnyConnection,
    user_id: &UserId,
    (seed_id, sealed): (&SeedId, &str),
    now: Moment,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into totp_seeds (seed_id, user_id, sealed, created_at) values ($1, $2, $3, $4) \
         on conflict (user_id) where confirmed_at is null \
         do update set seed_id = excluded.seed_id, sealed = excluded.sealed, created_at = excluded.created_at",
    )
    .bind(seed_id)
    .bind(user_id)
    .bind(sealed)
    .bind(now)
    .execute(connection)
    .await
    .map(drop)
}

/// Puts an unfinished seed into use in the place of the present one, as part of a transaction. The code of `step` is used. `false`
/// when the seed has been replaced, is in use already, or is too old: then nothing but a roll-back may follow.
pub(super) async fn put_into_use(
    connection: &mut AnyConnection,
    user_id: &UserId,
    (seed_id, step): (&SeedId, i64),
    now: Moment,
) -> Result<bool, sqlx::Error> {
    sqlx::query("delete from totp_seeds where user_id = $1 and confirmed_at is not null")
        .bind(user_id)
        .execute(&mut *connection)
        .await?;
    let put = sqlx::query(
        "update totp_seeds set confirmed_at = $1, last_step = $2 \
         where seed_id = $3 and user_id = $4 and confirmed_at is null and created_at > $5",
    )
    .bind(now)
    .bind(step)
    .bind(seed_id)
    .bind(user_id)
    .bind(now.minus(SETUP_LIFETIME))
    .execute(connection)
    .await?;
    Ok(put.rows_affected() == 1)
}

/// Deletes the seeds of a user, as part of a transaction. `false` when none of them was in use.
pub(super) async fn delete_all(connection: &mut AnyConnection, user_id: &UserId) -> Result<bool, sqlx::Error> {
    let deleted: Vec<Option<Moment>> =
        sqlx::query_scalar("delete from totp_seeds where user_id = $1 returning confirmed_at")
            .bind(user_id)
            .fetch_all(connection)
            .await?;
    Ok(deleted.iter().any(Option::is_some))
}

/// Deletes the seed of a user that has been in use since this moment or later, as part of a transaction. `false` when there is none.
pub(super) async fn delete_since(
    connection: &mut AnyConnection,
    user_id: &UserId,
    since: Moment,
) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query("delete from totp_seeds where user_id = $1 and confirmed_at >= $2")
        .bind(user_id)
        .bind(since)
        .execute(connection)
        .await?;
    Ok(deleted.rows_affected() > 0)
}

/// Replaces a seed by the one that is encrypted anew, or deletes it, as part of a transaction. Unless it has changed meanwhile.
pub(super) async fn reseal(connection: &mut AnyConnection, seed: &ResealedSeed) -> Result<(), sqlx::Error> {
    let Some(sealed) = &seed.sealed else {
        return sqlx::query("delete from totp_seeds where seed_id = $1 and sealed = $2")
            .bind(&seed.id)
            .bind(&seed.previous)
            .execute(connection)
            .await
            .map(drop);
    };
    sqlx::query("update totp_seeds set sealed = $1 where seed_id = $2 and sealed = $3")
        .bind(sealed)
        .bind(&seed.id)
        .bind(&seed.previous)
        .execute(connection)
        .await
        .map(drop)
}

impl Store {
    /// The number of users with an authenticator app.
    pub async fn totp_user_count(&self) -> Result<i64, sqlx::Error> {
        // The condition on the ID makes it a search, which a count of an index is.
        sqlx::query_scalar("select count(*) from totp_seeds where user_id > '' and confirmed_at is not null")
            .fetch_one(&self.read)
            .await
    }

    /// A page of all seeds, and whether each is in use, in the order of their IDs.
    pub async fn totp_seeds_after(&self, after: &str, limit: i64) -> Result<Vec<(StoredSeed, bool)>, sqlx::Error> {
        let rows: Vec<(SeedId, String, Option<Moment>)> = sqlx::query_as(
            "select seed_id, sealed, confirmed_at from totp_seeds where seed_id > $1 order by seed_id limit $2",
        )
        .bind(after)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(|(id, sealed, used)| (StoredSeed { id, sealed }, used.is_some())).collect())
    }

    /// The seed that is in use, of a user who has one.
    pub async fn totp_seed(&self, user_id: &UserId) -> Result<Option<StoredSeed>, sqlx::Error> {
        sqlx::query_as("select seed_id, sealed from totp_seeds where user_id = $1 and confirmed_at is not null")
            .bind(user_id)
            .fetch_optional(&self.read)
            .await
    }

    /// The seed of a set-up that waits for its first code.
    pub async fn unfinished_totp_seed(&self, user_id: &UserId, now: Moment) -> Result<Option<StoredSeed>, sqlx::Error> {
        sqlx::query_as(
            "select seed_id, sealed from totp_seeds where user_id = $1 and confirmed_at is null and created_at > $2",
        )
        .bind(user_id)
        .bind(now.minus(SETUP_LIFETIME))
        .fetch_optional(&self.read)
        .await
    }

    /// Deletes up to 100 seeds of set-ups that were not finished before `before`.
    pub async fn delete_unfinished_totp_seeds(&self, before: Moment) -> Result<u64, sqlx::Error> {
        self.write(|| {
            sqlx::query(
                "delete from totp_seeds where seed_id in \
                 (select seed_id from totp_seeds where confirmed_at is null and created_at < $1 limit 100)",
            )
            .bind(before)
        })
        .await
    }
}
