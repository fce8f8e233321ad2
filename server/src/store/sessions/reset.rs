//! Ends the sessions of all users after a key reset or a restore, many per transaction.

use doorward_api::{EndReason, EventKind};

use super::row::{EndedRow, ended_columns};
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        session::SessionId,
        session_end::EndedSession,
    },
    random,
    store::{Store, audit_log::RecordedEvent},
};

impl Store {
    /// A page of the sessions after `after` that have not ended, in the order of their ids. Includes expired sessions,
    /// which would become live again if the clock were set back.
    pub async fn unended_sessions(&self, after: &SessionId, limit: i64) -> Result<Vec<SessionId>, sqlx::Error> {
        sqlx::query_scalar(
            "select session_id from sessions where ended_at is null and session_id > $1 order by session_id limit $2",
        )
        .bind(after)
        .bind(limit)
        .fetch_all(&self.read)
        .await
    }

    /// Ends the sessions after `after` and up to `last` for this reason, and notifies the other nodes. A few
    /// statements for all of them: ending each one separately, as elsewhere, would take too long.
    ///
    /// Postgres locks the rows in no particular order, so this can deadlock with another transaction that ends several
    /// sessions; one of the two is then repeated.
    pub async fn end_by_reset(
        &self,
        after: &SessionId,
        last: &SessionId,
        reason: EndReason,
        now: Moment,
    ) -> Result<Vec<EndedSession>, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let rows: Vec<EndedRow> = sqlx::query_as(concat!(
                "update sessions set ended_at = $1, end_reason = $2 \
                     where ended_at is null and session_id > $3 and session_id <= $4 returning ",
                ended_columns!(),
            ))
            .bind(now)
            .bind(reason.name())
            .bind(after)
            .bind(last)
            .fetch_all(&mut *transaction)
            .await?;
            let prefix = hex::encode(random::bytes::<8>());
            sqlx::query(
                "insert into events (event_id, happened_at, kind, user_id, session_id, reason) \
                 select $1 || session_id, ended_at, $2, user_id, session_id, end_reason from sessions \
                 where ended_at = $3 and end_reason = $4 and session_id > $5 and session_id <= $6",
            )
            .bind(&prefix)
            .bind(EventKind::SessionEnded.name())
            .bind(now)
            .bind(reason.name())
            .bind(after)
            .bind(last)
            .execute(&mut *transaction)
            .await?;
            for row in &rows {
                let event = AuditEvent {
                    kind: EventKind::SessionEnded,
                    user_id: Some(&row.user_id),
                    session_id: Some(&row.session_id),
                    reason: Some(reason),
                    actor: &Actor::Operator,
                };
                transaction.log_after_commit(RecordedEvent::new(format!("{prefix}{}", row.session_id), &event, 1, now));
            }
            transaction.notify_after_commit(now);
            transaction.commit().await?;
            Ok(rows.into_iter().map(EndedSession::from).collect())
        })
        .await
    }
}
