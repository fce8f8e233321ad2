//! Records the end of sessions that have reached their absolute timeout (`expired`) or idle timeout (`idle`).

use doorward_api::{EndReason, EventKind};

use super::row::{EndedRow, ended_columns};
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        session::SessionId,
        session_end::EndedSession,
    },
    store::{Store, audit},
};

const PAGE_SIZE: i64 = 100;

/// The earlier of the two timeouts of a row.
macro_rules! timeout {
    () => {
        "(case when last_used_at + idle_limit < expires_at then last_used_at + idle_limit else expires_at end)"
    };
}

impl Store {
    /// Records the end of a session that expired or idled before `by`. `None` when it has not, or has ended for another
    /// reason. The condition is the lock: of any number of nodes, one records it.
    ///
    /// The end has the time of the timeout. If access tokens may still be valid, it has the time at which it is recorded,
    /// `now`, because other nodes read only the latest ends.
    pub async fn end_if_expired(
        &self,
        session_id: &SessionId,
        (by, certain_since): (Moment, Moment),
        now: Moment,
    ) -> Result<Option<EndedSession>, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let row: Option<EndedRow> = sqlx::query_as(concat!(
                "update sessions set ended_at = case when tokens_until > $6 and ",
                timeout!(),
                " < $6 then $6 else ",
                timeout!(),
                " end, end_reason = case when last_used_at + idle_limit < expires_at then $1 else $2 end \
                     where session_id = $3 and ended_at is null and \
                     (expires_at <= $4 and created_at >= $5 or last_used_at + idle_limit < $4 and last_used_at >= $5) \
                     returning ",
                ended_columns!(),
            ))
            .bind(EndReason::Idle.name())
            .bind(EndReason::Expired.name())
            .bind(session_id)
            .bind(by)
            .bind(certain_since)
            .bind(now)
            .fetch_optional(&mut *transaction)
            .await?;
            let Some(row) = row else {
                transaction.roll_back().await?;
                return Ok(None);
            };
            let ended = EndedSession::from(row);
            let ended_at = ended.end.at.unwrap_or(by);
            let event = AuditEvent {
                kind: EventKind::SessionEnded,
                user_id: Some(&ended.user_id),
                session_id: Some(&ended.session_id),
                reason: Some(ended.end.reason),
                actor: &Actor::System,
            };
            audit::record(&mut transaction, &event, ended_at).await?;
            if ended.leaves_tokens {
                transaction.notify_after_commit(ended_at);
            }
            transaction.commit().await?;
            Ok(Some(ended))
        })
        .await
    }

    /// Some sessions that may have expired or idled before `by`. Candidates only: uses do not update the indexed
    /// column. With `tokens_until`, only sessions that a stricter policy has shortened and whose older access tokens
    /// may be valid until then or later; with the epoch, all.
    pub async fn expiry_candidates(&self, by: Moment, tokens_until: Moment) -> Result<Vec<SessionId>, sqlx::Error> {
        sqlx::query_scalar(
            "select session_id from sessions \
             where may_end_at < $1 and ended_at is null and tokens_until >= $2 limit $3",
        )
        .bind(by)
        .bind(tokens_until)
        .bind(PAGE_SIZE)
        .fetch_all(&self.read)
        .await
    }

    /// Moves `may_end_at` of a candidate that turned out to be live to its current timeout.
    pub async fn postpone_expiry(&self, session_id: &SessionId) -> Result<(), sqlx::Error> {
        self.transaction(|mut transaction| async move {
            sqlx::query(concat!(
                "update sessions set may_end_at = ",
                timeout!(),
                " where session_id = $1 and ended_at is null",
            ))
            .bind(session_id)
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await
        })
        .await
    }
}
