//! What happened to an account, for the person whose it is.

use serde::{Deserialize, Serialize};

use crate::{Device, EndReason, Timestamp};

/// `GET /api/activity`: a page of the person's security events, newest first.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Activity {
    /// At most 50 events.
    pub events: Vec<Event>,
    /// What to send as `?before=` for the events before these; none where there are none.
    pub before: Option<String>,
}

/// One security event.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Event {
    /// Stable.
    pub id: String,
    /// When it happened.
    pub happened_at: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// With `session_ended`: why.
    pub reason: Option<EndReason>,
    /// The session that it happened to, or in which the person did it.
    pub session: Option<EventSession>,
    /// The device it was done on; none where the operator did it.
    pub device: Option<Device>,
    /// The address it was done from; none where the operator did it.
    pub ip: Option<String>,
}

/// The session of an event, which may be over.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct EventSession {
    /// Names the session.
    pub id: String,
    /// The name that the person gave its device, if any.
    pub label: Option<String>,
    /// Its device; none when the session ended so long ago that it is forgotten.
    pub device: Option<Device>,
}

/// What happened.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The account was registered.
    Registered,
    /// A session began.
    LoggedIn,
    /// A password was wrong.
    LoginFailed,
    /// A session ended.
    SessionEnded,
    /// The password was changed.
    PasswordChanged,
    /// The name was changed.
    NameChanged,
    /// The operator disabled the account.
    AccountDisabled,
    /// The operator enabled the account again.
    AccountEnabled,
    /// The operator changed the roles.
    RolesChanged,
    /// A kind that this version does not know.
    #[serde(other)]
    Unknown,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Registered,
        Self::LoggedIn,
        Self::LoginFailed,
        Self::SessionEnded,
        Self::PasswordChanged,
        Self::NameChanged,
        Self::AccountDisabled,
        Self::AccountEnabled,
        Self::RolesChanged,
        Self::Unknown,
    ];

    /// The name on the wire and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::LoggedIn => "logged_in",
            Self::LoginFailed => "login_failed",
            Self::SessionEnded => "session_ended",
            Self::PasswordChanged => "password_changed",
            Self::NameChanged => "name_changed",
            Self::AccountDisabled => "account_disabled",
            Self::AccountEnabled => "account_enabled",
            Self::RolesChanged => "roles_changed",
            Self::Unknown => "unknown",
        }
    }

    /// The kind of this name; `Unknown` for names of a later version.
    pub fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.name() == name).unwrap_or(Self::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use crate::EventKind;

    #[test]
    fn names_in_the_database_are_the_names_on_the_wire() {
        for value in EventKind::ALL {
            assert_eq!(serde_json::to_value(value).expect("a name"), value.name());
        }
    }
}
