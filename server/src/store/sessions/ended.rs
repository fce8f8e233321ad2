//! Reads ended sessions.

use doorward_api::EndReason;
use sqlx::FromRow;

use super::row::{EndedRow, ended_columns};
use crate::{
    clock::Moment,
    model::{
        cursor::Cursor,
        device::Device,
        session::SessionId,
        session_end::{EndedSession, SessionEnd},
    },
    store::Store,
};

impl Store {
    /// A page of the sessions that ended after `after` and before `before`, in the order of their ends. Without those
    /// that expired or idled and left no valid access token: no node has to reject them.
    pub async fn ended_between(
        &self,
        after: &Cursor<SessionId>,
        before: Moment,
        limit: usize,
    ) -> Result<Vec<EndedSession>, sqlx::Error> {
        let rows: Vec<EndedRow> = sqlx::query_as(concat!(
            "select ",
            ended_columns!(),
            " from sessions where (ended_at, session_id) > ($1, $2) and ended_at < $3 \
                      and (end_reason not in ($4, $5) or tokens_until > ended_at) \
                  order by ended_at, session_id limit $6",
        ))
        .bind(after.at)
        .bind(&after.id)
        .bind(before)
        .bind(EndReason::Expired.name())
        .bind(EndReason::Idle.name())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(EndedSession::from).collect())
    }

    /// The seconds since `since` in which such sessions ended, by their beginnings, each with their number: much cheaper than
    /// reading them. Not by a division, whose result is no integer everywhere.
    pub async fn ends_by_second(&self, since: Moment) -> Result<Vec<(Moment, i64)>, sqlx::Error> {
        sqlx::query_as(
            "select ended_at - ended_at % 1000, count(*) from sessions where ended_at >= $1 \
                 and (end_reason not in ($2, $3) or tokens_until > ended_at) \
             group by ended_at - ended_at % 1000 order by ended_at - ended_at % 1000",
        )
        .bind(since)
        .bind(EndReason::Expired.name())
        .bind(EndReason::Idle.name())
        .fetch_all(&self.read)
        .await
    }

    /// `None` while the session is live. Idleness counts only once it has been recorded.
    pub async fn session_end(&self, session_id: &SessionId, now: Moment) -> Result<Option<SessionEnd>, sqlx::Error> {
        let row: Option<EndRow> = sqlx::query_as(
            "select s.ended_at, s.end_reason, s.ended_by_browser, s.ended_by_os, s.expires_at, \
                    s.last_used_at + s.idle_limit as idles_at, u.disabled_at \
             from sessions s join users u on u.user_id = s.user_id where s.session_id = $1",
        )
        .bind(session_id)
        .fetch_optional(&self.read)
        .await?;
        let Some(row) = row else { return Ok(Some(EndReason::Unknown.into())) };
        let by = row.ended_by_browser.zip(row.ended_by_os).map(|(browser, os)| Device { browser, os });
        Ok(match (row.end_reason, row.disabled_at) {
            (Some(reason), _) => Some(SessionEnd { reason: EndReason::from_name(&reason), at: row.ended_at, by }),
            (None, _) if row.expires_at <= now => {
                let was_idle = row.idles_at.is_some_and(|idles_at| idles_at < row.expires_at);
                Some(if was_idle { EndReason::Idle } else { EndReason::Expired }.into())
            }
            (None, Some(_)) => Some(EndReason::RevokedByAdmin.into()),
            (None, None) => None,
        })
    }
}

#[derive(FromRow)]
struct EndRow {
    ended_at: Option<Moment>,
    end_reason: Option<String>,
    ended_by_browser: Option<String>,
    ended_by_os: Option<String>,
    expires_at: Moment,
    idles_at: Option<Moment>,
    disabled_at: Option<Moment>,
}
