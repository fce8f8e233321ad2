//! `/api/sessions`: the sessions of an account and how they end.

use serde::{Deserialize, Serialize};

use crate::{EndReason, PolicyName, Timestamp};

/// One login on one device.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
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

/// The device of a session in words that people understand.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Device {
    /// For example `Firefox`; `Unknown browser` when it cannot be told.
    pub browser: String,
    /// For example `Linux`; `Unknown system` when it cannot be told.
    pub os: String,
}

/// `PATCH /api/sessions/{id}`: names the device of a session.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct RenameSession {
    /// The new name, one line of at most 100 characters; `null` or nothing but space takes the name away.
    // A missing field is a mistake, not a wish to take the name away.
    #[serde(deserialize_with = "Option::deserialize")]
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub label: Option<String>,
}

/// How many sessions a request has ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct SessionsEnded {
    /// The number of sessions that were live before.
    pub ended: usize,
}

/// When a session ended and on which device that was decided.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Ending {
    /// The moment of the end.
    pub at: Timestamp,
    /// The device that ended it; none where no device of the person did.
    pub by: Option<Device>,
}

/// The data of `session-ended` on `GET /api/sessions/events`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct SessionEnded {
    /// The session that is over.
    pub session: String,
    /// Why.
    pub reason: EndReason,
    /// When and from where, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ending>,
}
