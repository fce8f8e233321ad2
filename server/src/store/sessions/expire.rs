//! Sessions that are over by themselves: past their end, or unused for too long.

use doorward_api::{EndReason, EventKind};

use super::row::EndedRow;
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        session::{EndedSession, SessionId},
    },
    store::{Store, audit, notify},
};

/// So many candidates at a time.
const PAGE: i64 = 100;

impl Store {
    /// Writes down that a session was over by itself before `by`, as of that end. `None` when it was not, or somebody has
    /// ended it. The condition is the lock: of any number of nodes one writes.
    pub async fn end_if_expired(
        &self,
        session_id: &SessionId,
        by: Moment,
    ) -> Result<Option<EndedSession>, sqlx::Error> {
        let mut transaction = self.begin().await?;
        let row: Option<EndedRow> = sqlx::query_as(
            "update sessions set \
                 ended_at = case when last_used_at + idle_limit < expires_at then last_used_at + idle_limit else expires_at end, \
                 end_reason = case when last_used_at + idle_limit < expires_at then $1 else $2 end \
             where session_id = $3 and ended_at is null and (expires_at <= $4 or last_used_at + idle_limit < $4) \
             returning session_id, user_id, expires_at, ended_at, end_reason, ended_by_browser, ended_by_os, tokens_until",
        )
        .bind(EndReason::Idle.name())
        .bind(EndReason::Expired.name())
        .bind(session_id)
        .bind(by)
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
            notify::notify(&mut transaction, ended_at).await?;
        }
        transaction.commit().await?;
        Ok(Some(ended))
    }

    /// Some sessions that were perhaps over before `by`; they may have been used since anybody looked. Only those of which
    /// access tokens from before stricter rules may be good until `tokens_until` or later: since the epoch, all.
    pub async fn expiry_candidates(&self, by: Moment, tokens_until: Moment) -> Result<Vec<SessionId>, sqlx::Error> {
        sqlx::query_scalar(
            "select session_id from sessions \
             where may_end_at < $1 and ended_at is null and tokens_until >= $2 limit $3",
        )
        .bind(by)
        .bind(tokens_until)
        .bind(PAGE)
        .fetch_all(&self.read)
        .await
    }

    /// Notes when a session that was used can be over at the earliest.
    pub async fn postpone_expiry(&self, session_id: &SessionId) -> Result<(), sqlx::Error> {
        let mut transaction = self.begin().await?;
        sqlx::query(
            "update sessions set may_end_at = \
                 case when last_used_at + idle_limit < expires_at then last_used_at + idle_limit else expires_at end \
             where session_id = $1 and ended_at is null",
        )
        .bind(session_id)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }
}
