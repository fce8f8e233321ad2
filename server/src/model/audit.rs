//! Audit events of an account, shown to its owner and to the operator. Each is written in the transaction of the change
//! that it records.

use doorward_api::{self as api, EndReason, EventKind};

use crate::model::{
    cursor::Cursor,
    device::Device,
    email::Email,
    session::{Label, SessionId},
    user::UserId,
};

/// The cause of an event.
#[derive(Clone, Debug)]
pub enum Actor {
    /// A request from this address and device.
    User { ip: String, device: Device },
    /// An administrator, through the API, with their session. The user concerned sees neither their address nor their device.
    Admin { user_id: UserId, session_id: SessionId },
    /// The command line, or a change of settings.
    Operator,
    /// Expiry and other background jobs.
    System,
}

impl Actor {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::User { .. } => "user",
            Self::Admin { .. } => "admin",
            Self::Operator => "operator",
            Self::System => "system",
        }
    }

    pub fn ip(&self) -> Option<&str> {
        if let Self::User { ip, .. } = self { Some(ip) } else { None }
    }

    pub fn device(&self) -> Option<&Device> {
        if let Self::User { device, .. } = self { Some(device) } else { None }
    }

    pub fn admin(&self) -> Option<&UserId> {
        if let Self::Admin { user_id, .. } = self { Some(user_id) } else { None }
    }
}

/// An event to be recorded.
#[derive(Clone, Debug)]
pub struct AuditEvent<'a> {
    pub kind: EventKind,
    /// None for a failed login with an unknown email. It is recorded all the same, with the same statement: the response
    /// time must not depend on whether the account exists.
    pub user_id: Option<&'a UserId>,
    pub session_id: Option<&'a SessionId>,
    /// Only for the end of a session.
    pub reason: Option<EndReason>,
    pub actor: &'a Actor,
}

/// An event read from the database.
#[derive(Clone, Debug)]
pub struct AuditRecord {
    pub cursor: Cursor<String>,
    pub kind: EventKind,
    /// Only for the end of a session.
    pub reason: Option<EndReason>,
    pub session: Option<AuditSession>,
    /// The device of the request that caused the event.
    pub device: Option<Device>,
    pub ip: Option<String>,
}

/// An event with what the operator alone sees of it.
#[derive(Clone, Debug)]
pub struct OperatorRecord {
    pub record: AuditRecord,
    pub user_id: Option<UserId>,
    pub email: Option<Email>,
    /// The administrator who caused the event.
    pub admin: Option<Email>,
    pub admin_id: Option<UserId>,
    /// How often it has happened: within an hour, failed logins with unknown emails are one event.
    pub times: i64,
}

impl OperatorRecord {
    /// The name of the [`Actor`], from what the database has of it.
    pub fn actor(&self) -> &'static str {
        match self.record.reason {
            _ if self.admin_id.is_some() => "admin",
            _ if self.record.ip.is_some() => "user",
            _ if matches!(self.record.kind, EventKind::DeletionDone | EventKind::FactorResetDone) => "system",
            // The address, from which this is derived, has been deleted.
            _ if self.user_id.as_ref().is_some_and(UserId::is_stand_in) => "unknown",
            Some(EndReason::Expired | EndReason::Idle) => "system",
            _ if self.record.kind == EventKind::MailFailed => "system",
            _ => "operator",
        }
    }
}

/// The session that an event concerns.
#[derive(Clone, Debug)]
pub struct AuditSession {
    pub id: SessionId,
    pub label: Option<Label>,
    /// None once the session has been deleted.
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
