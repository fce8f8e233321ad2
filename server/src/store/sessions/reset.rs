//! The end of everybody's sessions, many at a time.

use doorward_api::{EndReason, EventKind};
use sqlx::error::DatabaseError;

use super::row::EndedRow;
use crate::{
    clock::Moment,
    model::session::{EndedSession, SessionId},
    random,
    store::{Store, notify},
};

/// How often a part is tried.
const TRIES: u32 = 5;

/// Whether Postgres has sent this transaction away to let others go on (`deadlock_detected`, `serialization_failure`).
fn is_circle(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| code == "40P01" || code == "40001")
}

impl Store {
    /// A page of the sessions after `after` that nobody has ended, in the order of their ids; also those past their end,
    /// which a clock that is set back would revive.
    pub async fn unended_sessions(&self, after: &SessionId, most: i64) -> Result<Vec<SessionId>, sqlx::Error> {
        sqlx::query_scalar(
            "select session_id from sessions where ended_at is null and session_id > $1 order by session_id limit $2",
        )
        .bind(after)
        .bind(most)
        .fetch_all(&self.read)
        .await
    }

    /// Ends the sessions after `after` and up to `last` because the keys are reset, and tells the other nodes. A few
    /// statements for all of them: one by one, as elsewhere, many would live on for too long.
    ///
    /// Postgres takes the rows in an order of its own. If that makes a circle with somebody who takes several, one of the
    /// two is sent away: should it be this one, it tries again, because the panic button does not stop half-way.
    pub async fn end_by_reset(
        &self,
        after: &SessionId,
        last: &SessionId,
        now: Moment,
    ) -> Result<Vec<EndedSession>, sqlx::Error> {
        let mut tries = 1;
        loop {
            match self.try_to_end_by_reset(after, last, now).await {
                Err(error) if tries < TRIES && is_circle(&error) => tries += 1,
                ended => return ended,
            }
        }
    }

    async fn try_to_end_by_reset(
        &self,
        after: &SessionId,
        last: &SessionId,
        now: Moment,
    ) -> Result<Vec<EndedSession>, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let rows: Vec<EndedRow> = sqlx::query_as(
            "update sessions set ended_at = $1, end_reason = $2 \
             where ended_at is null and session_id > $3 and session_id <= $4 \
             returning session_id, user_id, expires_at, ended_at, end_reason, ended_by_browser, ended_by_os, tokens_until",
        )
        .bind(now)
        .bind(EndReason::KeysReset.name())
        .bind(after)
        .bind(last)
        .fetch_all(&mut *transaction)
        .await?;
        sqlx::query(
            "insert into events (event_id, happened_at, kind, user_id, session_id, reason) \
             select $1 || session_id, ended_at, $2, user_id, session_id, end_reason from sessions \
             where ended_at = $3 and end_reason = $4 and session_id > $5 and session_id <= $6",
        )
        .bind(hex::encode(random::bytes::<8>()))
        .bind(EventKind::SessionEnded.name())
        .bind(now)
        .bind(EndReason::KeysReset.name())
        .bind(after)
        .bind(last)
        .execute(&mut *transaction)
        .await?;
        notify::notify(&mut transaction, now).await?;
        transaction.commit().await?;
        Ok(rows.into_iter().map(EndedSession::from).collect())
    }
}
