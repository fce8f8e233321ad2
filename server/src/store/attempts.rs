//! How much of its allowance each account has used.

use sqlx::AnyConnection;

use super::Store;
use crate::{
    clock::Moment,
    model::rate_limit::{Bucket, RateLimitKey},
};

/// Gives an account all of its attempts back, as part of the transaction that proves its owner.
pub(super) async fn clear(connection: &mut AnyConnection, account: &RateLimitKey) -> Result<(), sqlx::Error> {
    sqlx::query("delete from attempts where subject = $1").bind(account).execute(connection).await.map(drop)
}

impl Store {
    /// Begins the allowance of a subject that has none; otherwise answers with what is there.
    pub async fn begin_bucket(&self, subject: &RateLimitKey, first: Bucket) -> Result<Option<Bucket>, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let begun =
            sqlx::query("insert into attempts (subject, failures, free_at) values ($1, $2, $3) on conflict do nothing")
                .bind(subject)
                .bind(first.failures)
                .bind(first.free_at)
                .execute(&mut *transaction)
                .await?;
        if begun.rows_affected() == 1 {
            transaction.commit().await?;
            return Ok(None);
        }
        let used: Option<(i64, Moment)> = sqlx::query_as("select failures, free_at from attempts where subject = $1")
            .bind(subject)
            .fetch_optional(&mut *transaction)
            .await?;
        transaction.commit().await?;
        // Gone between the two statements: a success has cleared it, so nothing of it is used.
        let cleared = Bucket { failures: 0, free_at: Moment(0) };
        Ok(Some(used.map_or(cleared, |(failures, free_at)| Bucket { failures, free_at })))
    }

    /// Writes the next allowance if nobody has changed it since it was `used`. The condition is the lock.
    pub async fn swap_bucket(&self, subject: &RateLimitKey, used: Bucket, next: Bucket) -> Result<bool, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let swapped = sqlx::query(
            "update attempts set failures = $1, free_at = $2 where subject = $3 and failures = $4 and free_at = $5",
        )
        .bind(next.failures)
        .bind(next.free_at)
        .bind(subject)
        .bind(used.failures)
        .bind(used.free_at)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(swapped.rows_affected() == 1)
    }

    /// Forgets allowances that have been whole since `before`.
    pub async fn sweep_attempts(&self, before: Moment) -> Result<(), sqlx::Error> {
        let mut transaction = self.begin().await?;
        sqlx::query("delete from attempts where free_at < $1").bind(before).execute(&mut *transaction).await?;
        transaction.commit().await
    }
}
