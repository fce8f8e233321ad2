//! Rows of the table `sessions`.

use std::time::Duration;

use doorward_api::{EndReason, PolicyName};
use sqlx::FromRow;

use crate::{
    clock::Moment,
    model::{
        authentication::Authentication,
        credential::CredentialHash,
        device::Device,
        session::{Label, Session, SessionId},
        session_end::{EndedSession, SessionEnd},
        user::UserId,
    },
};

/// The columns of [`SessionRow`], each with a prefix: `""` or the alias of the table.
macro_rules! session_columns {
    ($prefix:literal) => {
        session_columns!(
            $prefix: session_id, user_id, policy, label, browser, os, ip,
            created_at, last_used_at, expires_at, idle_limit, auth_time, acr, amr
        )
    };
    ($prefix:literal: $first:ident $(, $column:ident)*) => {
        concat!($prefix, stringify!($first) $(, ", ", $prefix, stringify!($column))*)
    };
}

macro_rules! ended_columns {
    () => {
        "session_id, user_id, expires_at, ended_at, end_reason, ended_by_browser, ended_by_os, tokens_until, rotated_to, \
         token_hash"
    };
}

pub(super) use {ended_columns, session_columns};

#[derive(FromRow)]
pub(super) struct SessionRow {
    pub session_id: SessionId,
    pub user_id: UserId,
    policy: String,
    label: Option<Label>,
    browser: String,
    os: String,
    /// Empty once it has been deleted.
    ip: String,
    created_at: Moment,
    last_used_at: Moment,
    expires_at: Moment,
    idle_limit: Option<i64>,
    /// 0: at the login.
    auth_time: Moment,
    acr: String,
    amr: String,
}

impl SessionRow {
    pub(super) fn into_session(self) -> Result<Session, sqlx::Error> {
        // Written by a later version: fail instead of guessing how strict the policy is.
        let policy = PolicyName::from_name(&self.policy).ok_or_else(|| sqlx::Error::Decode(self.policy.into()))?;
        let auth_time = if self.auth_time == Moment(0) { self.created_at } else { self.auth_time };
        Ok(Session {
            id: self.session_id,
            user_id: self.user_id,
            policy,
            label: self.label,
            device: Device { browser: self.browser, os: self.os },
            ip: (!self.ip.is_empty()).then_some(self.ip),
            created_at: self.created_at,
            last_used_at: self.last_used_at,
            expires_at: self.expires_at,
            idle_timeout: self.idle_limit.map(|millis| Duration::from_millis(millis.unsigned_abs())),
            authentication: Authentication::from_columns(auth_time, &self.acr, &self.amr),
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
    rotated_to: Option<SessionId>,
    token_hash: Option<CredentialHash>,
}

impl From<EndedRow> for EndedSession {
    fn from(row: EndedRow) -> Self {
        let by = row.ended_by_browser.zip(row.ended_by_os).map(|(browser, os)| Device { browser, os });
        let reason = EndReason::from_name(&row.end_reason);
        let is_timeout = matches!(reason, EndReason::Expired | EndReason::Idle);
        Self {
            session_id: row.session_id,
            user_id: row.user_id,
            expires_at: row.expires_at,
            end: SessionEnd { reason, at: Some(row.ended_at), by },
            leaves_tokens: !is_timeout || row.tokens_until > row.ended_at,
            rotated_to: row.rotated_to,
            credential_hash: row.token_hash,
        }
    }
}
