//! Sessions, and the grant that carries their access token.

use serde::{Deserialize, Serialize};

use super::{EndReason, User};

/// A moment in RFC 3339 form, UTC, whole seconds: `2026-11-23T20:15:00Z`.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
#[serde(transparent)]
pub struct Timestamp(String);

impl Timestamp {
    /// Takes text that is already in the form described above.
    pub fn new(rfc3339: impl Into<String>) -> Self {
        Self(rfc3339.into())
    }

    /// The RFC 3339 text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How a session behaves, chosen by the operator.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PolicyName {
    /// Silent refresh from a cookie; survives the closing of the tab.
    Retention,
    /// One access token is the whole session.
    Banking,
    /// The refresh token stays in the browser's memory.
    MemoryOnly,
    /// No JWT: an opaque id, looked up per request.
    ServerSession,
}

impl PolicyName {
    /// Every policy.
    pub const ALL: [Self; 4] = [Self::Retention, Self::Banking, Self::MemoryOnly, Self::ServerSession];

    /// The name on the wire, in settings and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Retention => "retention",
            Self::Banking => "banking",
            Self::MemoryOnly => "memory-only",
            Self::ServerSession => "server-session",
        }
    }

    /// The policy of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == name)
    }
}

/// The device of a session in words that people understand.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Device {
    /// For example `Firefox`; `Unknown browser` when it cannot be told.
    pub browser: String,
    /// For example `Linux`; `Unknown system` when it cannot be told.
    pub os: String,
}

/// One login on one device.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Session {
    /// Stable for the life of the session; not a secret.
    pub id: String,
    /// Whether it is the session that asks.
    pub current: bool,
    /// How this session behaves, fixed at login.
    pub policy: PolicyName,
    /// The name that the person gave this device, if any.
    pub label: Option<String>,
    /// What the login came from.
    pub device: Device,
    /// The address the login came from.
    pub ip: String,
    /// When the login happened.
    pub created_at: Timestamp,
    /// The latest login or refresh.
    pub last_used_at: Timestamp,
    /// The end of the session. Fixed at login: nothing moves it.
    pub expires_at: Timestamp,
}

/// `PATCH /api/sessions/{id}`: names the device of a session.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct RenameSession {
    /// The new name, one line of at most 100 characters; `null` or nothing but space takes the name away.
    // A missing field is a mistake, not a wish to take the name away.
    #[serde(deserialize_with = "Option::deserialize")]
    #[cfg_attr(feature = "ssr", schema(required))]
    pub label: Option<String>,
}

/// How many sessions a request has ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SessionsEnded {
    /// The number of sessions that were live before.
    pub ended: usize,
}

/// When a session ended and on which device that was decided.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Ending {
    /// The moment of the end.
    pub at: Timestamp,
    /// The device that ended it; none where no device of the person did.
    pub by: Option<Device>,
}

/// The data of `session-ended` on `GET /api/sessions/events`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct SessionEnded {
    /// The session that is over.
    pub session: String,
    /// Why.
    pub reason: EndReason,
    /// When and from where, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ending>,
}

/// The answer that carries an access token.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Grant {
    /// A JWT (RFC 9068). Keep it in memory only.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// The life of the access token from now, in seconds.
    pub expires_in: i64,
    /// The session that the token belongs to.
    pub session: Session,
    /// The person who is logged in.
    pub user: User,
}

#[cfg(test)]
mod tests {
    use super::PolicyName;

    #[test]
    fn names_in_the_database_are_the_names_on_the_wire() {
        for value in PolicyName::ALL {
            assert_eq!(serde_json::to_value(value).expect("a name"), value.name());
        }
    }
}
