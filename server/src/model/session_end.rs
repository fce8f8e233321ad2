//! The end of a session.

use doorward_api::{self as api, EndReason};

use crate::{
    clock::Moment,
    model::{credential::CredentialHash, cursor::Cursor, device::Device, session::SessionId, user::UserId},
};

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SessionEnd {
    pub reason: EndReason,
    /// None when the end has not been recorded, as when it is only derived from the clock.
    pub at: Option<Moment>,
    /// The user's device that ended the session, if any.
    pub by: Option<Device>,
}

impl SessionEnd {
    /// None when the time of the end is unknown.
    pub fn to_api(&self) -> Option<api::EndDetails> {
        Some(api::EndDetails { at: self.at?.into(), by: self.by.clone().map(api::Device::from) })
    }
}

impl From<EndReason> for SessionEnd {
    fn from(reason: EndReason) -> Self {
        Self { reason, at: None, by: None }
    }
}

#[derive(Clone, Debug)]
pub struct EndedSession {
    pub session_id: SessionId,
    pub user_id: UserId,
    /// The session's absolute timeout.
    pub expires_at: Moment,
    pub end: SessionEnd,
    /// Whether access tokens of the session may outlive it, so that the end must be announced to every node and service.
    pub leaves_tokens: bool,
    /// The session that continues this one under another id, after a rotation of its credentials.
    pub rotated_to: Option<SessionId>,
    /// None for policies whose only credential is the access token.
    pub credential_hash: Option<CredentialHash>,
}

impl EndedSession {
    /// The position in the order of ends.
    pub fn cursor(&self) -> Cursor<SessionId> {
        Cursor { at: self.end.at.unwrap_or(Moment(i64::MAX)), id: self.session_id.clone() }
    }
}
