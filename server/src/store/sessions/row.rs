//! Rows of the table `sessions`.

use std::time::Duration;

use doorward_api::{EndReason, PolicyName};
use sqlx::FromRow;

use crate::{
    clock::Moment,
    model::{
        device::Device,
        session::{EndedSession, Label, Session, SessionEnd, SessionId},
        user::UserId,
    },
};

#[derive(FromRow)]
pub(super) struct SessionRow {
    pub session_id: SessionId,
    pub user_id: UserId,
    policy: String,
    label: Option<Label>,
    browser: String,
    os: String,
    ip: String,
    created_at: Moment,
    last_used_at: Moment,
    expires_at: Moment,
    idle_limit: Option<i64>,
}

impl SessionRow {
    pub(super) fn read(self) -> Result<Session, sqlx::Error> {
        // A row of a later version: better to say so than to guess how strict it is.
        let policy = PolicyName::from_name(&self.policy).ok_or_else(|| sqlx::Error::Decode(self.policy.into()))?;
        Ok(Session {
            id: self.session_id,
            user_id: self.user_id,
            policy,
            label: self.label,
            device: Device { browser: self.browser, os: self.os },
            ip: self.ip,
            created_at: self.created_at,
            last_used_at: self.last_used_at,
            expires_at: self.expires_at,
            idle_timeout: self.idle_limit.map(|millis| Duration::from_millis(millis.unsigned_abs())),
        })
    }
}

#[derive(FromRow)]
pub(super) struct EndedRow {
    pub session_id: SessionId,
    pub user_id: UserId,
    expires_at: Moment,
    ended_at: Moment,
    end_reason: String,
    ended_by_browser: Option<String>,
    ended_by_os: Option<String>,
    tokens_until: Moment,
}

impl From<EndedRow> for EndedSession {
    fn from(row: EndedRow) -> Self {
        let by = row.ended_by_browser.zip(row.ended_by_os).map(|(browser, os)| Device { browser, os });
        let reason = EndReason::from_name(&row.end_reason);
        let is_by_itself = matches!(reason, EndReason::Expired | EndReason::Idle);
        Self {
            session_id: row.session_id,
            user_id: row.user_id,
            expires_at: row.expires_at,
            end: SessionEnd { reason, at: Some(row.ended_at), by },
            leaves_tokens: !is_by_itself || row.tokens_until > row.ended_at,
        }
    }
}
