//! What happened to an account, for its owner and for the operator: written in the same transaction as the change.

use app::api::EndReason;

use crate::{device::Device, session::SessionId, user::UserId};

/// What happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EventKind {
    /// An account was registered.
    Registered,
    /// A session began.
    LoggedIn,
    /// A password was wrong, or there was no such account: both leave the same trace, in the same time (R15).
    LoginFailed,
    /// A session ended.
    SessionEnded,
    /// The password was changed.
    PasswordChanged,
    /// The name was changed.
    NameChanged,
}

impl EventKind {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::LoggedIn => "logged_in",
            Self::LoginFailed => "login_failed",
            Self::SessionEnded => "session_ended",
            Self::PasswordChanged => "password_changed",
            Self::NameChanged => "name_changed",
        }
    }
}

/// Who did it, and from where.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The address of the request.
    pub ip: String,
    /// The device of the request.
    pub device: Device,
}

/// One event.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// What happened.
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
