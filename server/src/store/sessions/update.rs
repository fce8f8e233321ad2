//! Updates live sessions, and deletes those that ended long ago.

use std::collections::HashMap;

use super::row::{SessionRow, session_columns};
use crate::{
    clock::{Moment, millis},
    model::{
        session::{IP_RETENTION, Label, Session, SessionId},
        user::UserId,
    },
    store::Store,
};

/// Rows per transaction.
const BATCH_SIZE: usize = 500;

impl Store {
    /// Writes the shorter timeouts of live sessions after a policy change; neither is ever extended. Access tokens
    /// issued before may be valid until `tokens_until`.
    pub async fn shorten_sessions(&self, sessions: &[Session], tokens_until: Moment) -> Result<(), sqlx::Error> {
        if sessions.is_empty() {
            return Ok(());
        }
        // The caller passes them in the order of their ids, which prevents deadlocks with transactions that end
        // several.
        let mut transaction = self.begin().await?;
        for session in sessions {
            sqlx::query(
                "update sessions set expires_at = $1, idle_limit = $2, may_end_at = $3, tokens_until = $4 \
                 where session_id = $5 and ended_at is null and expires_at >= $1",
            )
            .bind(session.expires_at)
            .bind(session.idle_timeout.map(millis))
            .bind(session.expires_or_idles_at())
            .bind(tokens_until)
            .bind(&session.id)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await
    }

    /// Writes the times of live sessions that were dated in the future.
    pub async fn redate_sessions(&self, sessions: &[Session]) -> Result<(), sqlx::Error> {
        if sessions.is_empty() {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        for session in sessions {
            sqlx::query(
                "update sessions set created_at = $1, last_used_at = $2, expires_at = $3, may_end_at = $4 \
                 where session_id = $5 and ended_at is null and last_used_at >= $2",
            )
            .bind(session.created_at)
            .bind(session.last_used_at)
            .bind(session.expires_at)
            .bind(session.expires_or_idles_at())
            .bind(&session.id)
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await
    }

    /// Sets the label of a session of `owner`. `None` when the session is not live, or not theirs.
    pub async fn rename_session(
        &self,
        session_id: &SessionId,
        owner: &UserId,
        label: Option<&Label>,
        now: Moment,
    ) -> Result<Option<Session>, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let row: Option<SessionRow> = sqlx::query_as(concat!(
            "update sessions set label = $1 \
                 where session_id = $2 and user_id = $3 and expires_at > $4 and ended_at is null returning ",
            session_columns!(""),
        ))
        .bind(label)
        .bind(session_id)
        .bind(owner)
        .bind(now)
        .fetch_optional(&mut *transaction)
        .await?;
        transaction.commit().await?;
        row.map(SessionRow::into_session).transpose()
    }

    /// Writes `last_used_at`, never back in time. In batches, so that other writers do not wait for all of them.
    pub async fn write_last_used(&self, uses: &HashMap<SessionId, Moment>) -> Result<(), sqlx::Error> {
        // In the order of their ids, which prevents deadlocks with transactions that end several sessions.
        let mut uses: Vec<_> = uses.iter().collect();
        uses.sort_by(|(one, _), (other, _)| one.0.cmp(&other.0));
        for batch in uses.chunks(BATCH_SIZE) {
            let mut transaction = self.begin().await?;
            for (session_id, used_at) in batch {
                sqlx::query("update sessions set last_used_at = $1 where session_id = $2 and last_used_at < $1")
                    .bind(used_at)
                    .bind(session_id)
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Deletes the addresses of up to 100 sessions that were last used before `before`, and returns how many rows it has
    /// looked at. Uses do not update the indexed column: a session that was used since is due again later.
    pub async fn delete_addresses(&self, before: Moment, now: Moment) -> Result<u64, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let due = sqlx::query(
            "update sessions set ip = case when last_used_at < $1 then '' else ip end, ip_due_at = last_used_at + $2 \
             where session_id in (select session_id from sessions where ip_due_at < $3 and ip <> '' limit 100)",
        )
        .bind(before)
        .bind(millis(IP_RETENTION))
        .bind(now)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(due.rows_affected())
    }

    /// Deletes up to 100 sessions that ended or expired before `before`: small batches, so that other writers do not
    /// wait long.
    pub async fn delete_sessions(&self, before: Moment) -> Result<u64, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let deleted = sqlx::query(
            "delete from sessions where session_id in \
             (select session_id from sessions where expires_at < $1 or ended_at < $1 limit 100)",
        )
        .bind(before)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(deleted.rows_affected())
    }
}
