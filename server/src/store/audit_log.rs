//! Audit events in the log, target `doorward::audit`: after the commit of its transaction.

use doorward_api::{EndReason, EventKind, Timestamp};

use crate::{
    clock::Moment,
    model::{audit::AuditEvent, device::Device, session::SessionId, user::UserId},
};

/// An event that has been written, but perhaps not committed yet.
pub(super) struct RecordedEvent {
    id: String,
    at: Moment,
    kind: EventKind,
    reason: Option<EndReason>,
    user_id: Option<UserId>,
    session_id: Option<SessionId>,
    actor: &'static str,
    admin_id: Option<UserId>,
    ip: Option<String>,
    device: Option<Device>,
    times: i64,
}

impl RecordedEvent {
    pub fn new(id: String, event: &AuditEvent<'_>, times: i64, at: Moment) -> Self {
        Self {
            id,
            at,
            kind: event.kind,
            reason: event.reason,
            user_id: event.user_id.cloned(),
            session_id: event.session_id.cloned(),
            actor: event.actor.name(),
            admin_id: event.actor.admin().cloned(),
            ip: event.actor.ip().map(str::to_owned),
            device: event.actor.device().cloned(),
            times,
        }
    }

    /// The fields of `doorward events export`, as far as the transaction knows them.
    pub fn log(&self) {
        tracing::info!(
            target: "doorward::audit",
            id = self.id,
            happened_at = Timestamp::from(self.at).as_str(),
            kind = self.kind.name(),
            reason = self.reason.map(EndReason::name),
            user_id = self.user_id.as_ref().map(|id| id.0.as_str()),
            session_id = self.session_id.as_ref().map(|id| id.0.as_str()),
            actor = self.actor,
            admin_id = self.admin_id.as_ref().map(|id| id.0.as_str()),
            ip = self.ip,
            browser = self.device.as_ref().map(|device| device.browser.as_str()),
            os = self.device.as_ref().map(|device| device.os.as_str()),
            times = self.times,
            "audit event"
        );
    }
}
