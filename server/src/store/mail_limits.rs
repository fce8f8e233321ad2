//! The table `mail_limits`.

use super::Store;
use crate::{
    clock::Moment,
    model::{
        mail_limit::SentMails,
        rate_limit::{Limit, RateLimitKey},
    },
};

/// Rows per transaction.
const BATCH_SIZE: i64 = 1000;

impl Store {
    /// Counts a mail, unless that would exceed a limit: then `false`, after about as much work.
    pub async fn count_mail(&self, key: &RateLimitKey, limits: &[Limit], now: Moment) -> Result<bool, sqlx::Error> {
        let _login = self.login_permit().await?;
        // Compare and swap, again if another mail came in between.
        loop {
            if let Some(is_counted) = self.try_count_mail(key, limits, now).await? {
                return Ok(is_counted);
            }
        }
    }

    async fn try_count_mail(
        &self,
        key: &RateLimitKey,
        limits: &[Limit],
        now: Moment,
    ) -> Result<Option<bool>, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let inserted = sqlx::query(
                "insert into mail_limits (subject, sent_at, newest_at) values ($1, $2, $3) on conflict do nothing",
            )
            .bind(key)
            .bind(SentMails::first(now).to_text())
            .bind(now)
            .execute(&mut *transaction)
            .await?;
            if inserted.rows_affected() == 1 {
                transaction.commit().await?;
                return Ok(Some(true));
            }
            let sent: Option<String> = sqlx::query_scalar("select sent_at from mail_limits where subject = $1")
                .bind(key)
                .fetch_optional(&mut *transaction)
                .await?;
            // None: deleted between the two statements.
            let next = sent.as_ref().map(|sent| SentMails::parse(sent).add(limits, now));
            let swapped =
                sqlx::query("update mail_limits set sent_at = $1, newest_at = $2 where subject = $3 and sent_at = $4")
                    .bind(next.clone().flatten().map_or(sent.clone().unwrap_or_default(), |next| next.to_text()))
                    .bind(now)
                    .bind(key)
                    .bind(sent.unwrap_or_default())
                    .execute(&mut *transaction)
                    .await?;
            transaction.commit().await?;
            Ok(next.filter(|_| swapped.rows_affected() == 1).map(|next| next.is_some()))
        })
        .await
    }

    /// Deletes rows that limit nothing any more, a batch. Returns their number.
    pub async fn delete_mail_limits(&self, before: Moment) -> Result<u64, sqlx::Error> {
        self.write(|| {
            sqlx::query(
                "delete from mail_limits where subject in \
                 (select subject from mail_limits where newest_at < $1 limit $2)",
            )
            .bind(before)
            .bind(BATCH_SIZE)
        })
        .await
    }
}
