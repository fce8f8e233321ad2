//! The table `attempts`: rate limit buckets.

use sqlx::AnyConnection;

use super::Store;
use crate::{
    clock::Moment,
    model::rate_limit::{Bucket, RateLimitKey},
};

/// Buckets per transaction.
const BATCH_SIZE: i64 = 1000;

/// Makes buckets full again, as part of a transaction that follows a correct password.
pub(super) async fn clear(connection: &mut AnyConnection, keys: &[RateLimitKey]) -> Result<(), sqlx::Error> {
    for key in keys {
        sqlx::query("delete from attempts where subject = $1").bind(key).execute(&mut *connection).await?;
    }
    Ok(())
}

impl Store {
    /// Inserts a bucket, or returns the existing one.
    pub async fn insert_bucket(&self, key: &RateLimitKey, first: Bucket) -> Result<Option<Bucket>, sqlx::Error> {
        let _login = self.login_permit().await?;
        self.transaction(|mut transaction| async move {
            let inserted = sqlx::query(
                "insert into attempts (subject, failures, free_at) values ($1, $2, $3) on conflict do nothing",
            )
            .bind(key)
            .bind(first.failures)
            .bind(first.free_at)
            .execute(&mut *transaction)
            .await?;
            if inserted.rows_affected() == 1 {
                transaction.commit().await?;
                return Ok(None);
            }
            let used: Option<(i64, Moment)> =
                sqlx::query_as("select failures, free_at from attempts where subject = $1")
                    .bind(key)
                    .fetch_optional(&mut *transaction)
                    .await?;
            transaction.commit().await?;
            // Deleted between the two statements, by a successful login: nothing of the allowance is used.
            let cleared = Bucket { failures: 0, free_at: Moment(0) };
            Ok(Some(used.map_or(cleared, |(failures, free_at)| Bucket { failures, free_at })))
        })
        .await
    }

    /// Replaces the bucket `used` by `next`; `false` when it has changed meanwhile. The condition is the lock.
    pub async fn swap_bucket(&self, key: &RateLimitKey, used: Bucket, next: Bucket) -> Result<bool, sqlx::Error> {
        let _login = self.login_permit().await?;
        self.transaction(|mut transaction| async move {
            let swapped = sqlx::query(
                "update attempts set failures = $1, free_at = $2 where subject = $3 and failures = $4 and free_at = $5",
            )
            .bind(next.failures)
            .bind(next.free_at)
            .bind(key)
            .bind(used.failures)
            .bind(used.free_at)
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await?;
            Ok(swapped.rows_affected() == 1)
        })
        .await
    }

    /// Deletes buckets whose whole allowance was available again before `before`, and which have fewer than `failures`: a
    /// batch, so that other writers do not wait long. Returns their number.
    pub async fn delete_refilled_buckets(&self, before: Moment, failures: i64) -> Result<u64, sqlx::Error> {
        self.write(|| {
            sqlx::query(
                "delete from attempts where subject in \
                 (select subject from attempts where free_at < $1 and failures < $2 limit $3)",
            )
            .bind(before)
            .bind(failures)
            .bind(BATCH_SIZE)
        })
        .await
    }
}
