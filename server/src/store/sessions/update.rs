//! Updates live sessions, and deletes those that ended long ago.

use std::iter;

use super::row::{SessionRow, session_columns};
use crate::{
    clock::{Moment, millis},
    model::{
        session::{IP_RETENTION, Label, Session, SessionId},
        user::UserId,
    },
    store::Store,
};

/// Last-used times per statement.
const BATCH_SIZE: usize = 50;

/// As many pairs of a session and a time.
macro_rules! fifty_uses {
    () => {
        "($1, $2), ($3, $4), ($5, $6), ($7, $8), ($9, $10), ($11, $12), ($13, $14), ($15, $16), ($17, $18), \
         ($19, $20), ($21, $22), ($23, $24), ($25, $26), ($27, $28), ($29, $30), ($31, $32), ($33, $34), \
         ($35, $36), ($37, $38), ($39, $40), ($41, $42), ($43, $44), ($45, $46), ($47, $48), ($49, $50), \
         ($51, $52), ($53, $54), ($55, $56), ($57, $58), ($59, $60), ($61, $62), ($63, $64), ($65, $66), \
         ($67, $68), ($69, $70), ($71, $72), ($73, $74), ($75, $76), ($77, $78), ($79, $80), ($81, $82), \
         ($83, $84), ($85, $86), ($87, $88), ($89, $90), ($91, $92), ($93, $94), ($95, $96), ($97, $98), \
         ($99, $100)"
    };
}

impl Store {
    /// Writes the shorter timeouts of live sessions after a policy change; neither is ever extended. Access tokens
    /// issued before may be valid until `tokens_until`.
    pub async fn shorten_sessions(&self, sessions: &[Session], tokens_until: Moment) -> Result<(), sqlx::Error> {
        if sessions.is_empty() {
            return Ok(());
        }
        // The caller passes them in the order of their ids, which prevents deadlocks with transactions that end
        // several.
        self.transaction(|mut transaction| async move {
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
        })
        .await
    }

    /// Writes the times of live sessions that were dated in the future.
    pub async fn redate_sessions(&self, sessions: &[Session]) -> Result<(), sqlx::Error> {
        if sessions.is_empty() {
            return Ok(());
        }
        self.transaction(|mut transaction| async move {
            for session in sessions {
                sqlx::query(
                    "update sessions set created_at = $1, last_used_at = $2, expires_at = $3, may_end_at = $4, \
                            auth_time = $5 where session_id = $6 and ended_at is null and last_used_at >= $2",
                )
                .bind(session.created_at)
                .bind(session.last_used_at)
                .bind(session.expires_at)
                .bind(session.expires_or_idles_at())
                .bind(session.authentication.time)
                .bind(&session.id)
                .execute(&mut *transaction)
                .await?;
            }
            transaction.commit().await
        })
        .await
    }

    /// Sets the label of a session of `owner`. `None` when the session is not live, or not theirs.
    pub async fn rename_session(
        &self,
        session_id: &SessionId,
        owner: &UserId,
        label: Option<&Label>,
        now: Moment,
    ) -> Result<Option<Session>, sqlx::Error> {
        self.transaction(|mut transaction| async move {
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
        })
        .await
    }

    /// Writes `last_used_at`, never back in time, in one transaction. Many in one statement: a round trip for every session
    /// would be the most of the work.
    pub async fn write_last_used(&self, uses: &[(SessionId, Moment)]) -> Result<(), sqlx::Error> {
        if uses.is_empty() {
            return Ok(());
        }
        self.transaction(|mut transaction| async move {
            for batch in uses.chunks(BATCH_SIZE) {
                let mut update = sqlx::query(concat!(
                    "with uses (used_id, used_at) as (values ",
                    fifty_uses!(),
                    ") update sessions set last_used_at = used_at from uses \
                     where session_id = used_id and last_used_at < used_at",
                ));
                // One text for any number: the last one fills the rest.
                let last = batch.last().map(iter::repeat);
                for (session_id, used_at) in batch.iter().chain(last.into_iter().flatten()).take(BATCH_SIZE) {
                    update = update.bind(session_id).bind(used_at);
                }
                update.execute(&mut *transaction).await?;
            }
            transaction.commit().await
        })
        .await
    }

    /// Deletes the addresses of up to 100 sessions that were last used before `before`, and returns how many rows it has
    /// looked at. Uses do not update the indexed column: a session that was used since is due again later.
    pub async fn delete_addresses(&self, before: Moment, now: Moment) -> Result<u64, sqlx::Error> {
        self.write(|| {
sqlx::query(
                "update sessions set ip = case when last_used_at < $1 then '' else ip end, ip_due_at = last_used_at + $2 \
                 where session_id in (select session_id from sessions where ip_due_at < $3 and ip <> '' limit 100)",
            )
            .bind(before)
            .bind(millis(IP_RETENTION))
            .bind(now)
}).await
    }

    /// Deletes up to 100 sessions that ended or expired before `before`: small batches, so that other writers do not
    /// wait long.
    pub async fn delete_sessions(&self, before: Moment) -> Result<u64, sqlx::Error> {
        self.write(|| {
            sqlx::query(
                "delete from sessions where session_id in \
                 (select session_id from sessions where expires_at < $1 or ended_at < $1 limit 100)",
            )
            .bind(before)
        })
        .await
    }
}
