//! What happened to an account, for its owner and for the operator: written in the same transaction as the change.

use doorward_api::{self as api, EndReason, EventKind};

use crate::model::{
    cursor::Cursor,
    device::Device,
    session::{Label, SessionId},
    user::UserId,
};

/// Who caused an event.
#[derive(Clone, Debug)]
pub enum Actor {
    /// A user, by a request from this address and device.
    User { ip: String, device: Device },
    /// The operator, at the command line or by a change of settings.
    Operator,
    /// The passage of time.
    System,
}

impl Actor {
    pub fn ip(&self) -> Option<&str> {
        if let Self::User { ip, .. } = self { Some(ip) } else { None }
    }

    pub fn device(&self) -> Option<&Device> {
        if let Self::User { device, .. } = self { Some(device) } else { None }
    }
}

/// One event.
#[derive(Clone, Debug)]
pub struct AuditEvent<'a> {
    /// What happened. A login that failed leaves the same trace for unknown accounts, in the same time (R15).
    pub kind: EventKind,
    /// To whom; nobody when an attempt was on an unknown address.
    pub user_id: Option<&'a UserId>,
    /// To which session, where it is about one.
    pub session_id: Option<&'a SessionId>,
    /// Why, where a session ended.
    pub reason: Option<EndReason>,
    /// By whom.
    pub actor: &'a Actor,
}

/// One event as it is read again.
#[derive(Clone, Debug)]
pub struct AuditRecord {
    /// When, and which one of that moment.
    pub cursor: Cursor<String>,
    /// What happened.
    pub kind: EventKind,
    /// Why, where a session ended.
    pub reason: Option<EndReason>,
    /// In or to which session.
    pub session: Option<AuditSession>,
    /// On which device it was done.
    pub device: Option<Device>,
    /// From which address it was done.
    pub ip: Option<String>,
}

/// The session of an event, as far as it is remembered.
#[derive(Clone, Debug)]
pub struct AuditSession {
    /// Which one.
    pub id: SessionId,
    /// The name of its device.
    pub label: Option<Label>,
    /// Its device; none when the session is forgotten.
    pub device: Option<Device>,
}

impl From<AuditRecord> for api::AuditEvent {
    fn from(event: AuditRecord) -> Self {
        Self {
            id: event.cursor.id,
            happened_at: event.cursor.at.into(),
            kind: event.kind,
            reason: event.reason,
            session: event.session.map(|session| api::EventSession {
                id: session.id.0,
                label: session.label.map(String::from),
                device: session.device.map(api::Device::from),
            }),
            device: event.device.map(api::Device::from),
            ip: event.ip,
        }
    }
}
