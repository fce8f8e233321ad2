//! Sessions, and the grant that carries their access token.

use serde::{Deserialize, Serialize};

use super::{EndReason, PolicyName, User};

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

/// The answer to a login, a registration and a refresh. What it carries depends on what the session's policy has the
/// browser [keep](PolicyName::keeps).
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Grant {
    /// A JWT (RFC 9068). Keep it in memory only. Absent, as the next two, where a session cookie stands in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
    /// Always `Bearer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// The life of the access token from now, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<i64>,
    /// Trades for newer access tokens until the session ends. Keep it in memory only. At login and registration, where
    /// the policy has the browser keep it, and in no other answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The session that begins or goes on.
    pub session: Session,
    /// The person who is logged in.
    pub user: User,
}

/// `POST /api/auth/refresh` and `POST /api/auth/logout`, for a browser that keeps its refresh token in memory. Others send
/// no body, or an empty object.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Presented {
    /// The refresh token of the login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}
