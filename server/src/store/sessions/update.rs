//! Updates sessions that stay live, and deletes those that ended long ago.

use std::collections::HashMap;

use super::row::SessionRow;
use crate::{
    clock::{Moment, millis},
    model::{
        session::{Label, Session, SessionId},
        user::UserId,
    },
    store::Store,
};

impl Store {
    /// Gives live sessions an earlier end and a shorter idle limit; neither ever grows. Access tokens that they have may be
    /// good until `tokens_until`.
    pub async fn shorten_sessions(&self, sessions: &[Session], tokens_until: Moment) -> Result<(), sqlx::Error> {
        if sessions.is_empty() {
            return Ok(());
        }
        // They come in the order of their ids, as for whoever ends several.
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

    /// Names the device of a session of `owner`; `None` when there is no such session, or it is over.
    pub async fn rename_session(
        &self,
        session_id: &SessionId,
        owner: &UserId,
        label: Option<&Label>,
        now: Moment,
    ) -> Result<Option<Session>, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let row: Option<SessionRow> = sqlx::query_as(
            "update sessions set label = $1 \
             where session_id = $2 and user_id = $3 and expires_at > $4 and ended_at is null \
             returning session_id, user_id, policy, label, browser, os, ip, created_at, last_used_at, expires_at, idle_limit",
        )
        .bind(label)
        .bind(session_id)
        .bind(owner)
        .bind(now)
        .fetch_optional(&mut *transaction)
        .await?;
        transaction.commit().await?;
        row.map(SessionRow::read).transpose()
    }

    /// Writes last uses, a few at a time so that nobody waits for all of them; none goes back in time.
    pub async fn record_uses(&self, uses: &HashMap<SessionId, Moment>) -> Result<(), sqlx::Error> {
        // In the order of their ids, as whoever ends several.
        let mut uses: Vec<_> = uses.iter().collect();
        uses.sort_by(|(one, _), (other, _)| one.0.cmp(&other.0));
        for some in uses.chunks(500) {
            let mut transaction = self.begin().await?;
            for (session_id, used) in some {
                sqlx::query("update sessions set last_used_at = $1 where session_id = $2 and last_used_at < $1")
                    .bind(used)
                    .bind(session_id)
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await?;
        }
        Ok(())
    }

    /// Forgets sessions that were over before `before`, a few at a time so that nobody waits for the sweep.
    pub async fn sweep_sessions(&self, before: Moment) -> Result<u64, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let swept = sqlx::query(
            "delete from sessions where session_id in \
             (select session_id from sessions where expires_at < $1 or ended_at < $1 limit 100)",
        )
        .bind(before)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(swept.rows_affected())
    }
}
