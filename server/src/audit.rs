//! What happened to an account, for its owner and for the operator: written in the same transaction as the change.

use app::api::{EndReason, EventKind};

use crate::{device::Device, session::SessionId, user::UserId};

/// Who did it, and from where.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The address of the request; none where the operator did it.
    pub ip: Option<String>,
    /// The device of the request; none where the operator did it.
    pub device: Option<Device>,
}

impl Actor {
    /// The operator, at the command line.
    pub const OPERATOR: Self = Self { ip: None, device: None };
}

/// One event.
#[derive(Clone, Debug)]
pub struct Event<'a> {
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
