//! `/api/sessions`: the sessions of an account and how they end.

use serde::{Deserialize, Serialize};

use crate::{EndReason, PolicyName, Timestamp};

/// One login on one device.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Session {
    /// Not a secret. A password change gives the session that makes it a new one.
    pub id: String,
    /// Whether this is the session that sent the request.
    pub current: bool,
    /// The policy of the session, fixed at login.
    pub policy: PolicyName,
    /// The name that the user gave the device, if any.
    pub label: Option<String>,
    /// The device of the login.
    pub device: Device,
    /// The IP address of the login; `null` from 30 days after the last use on.
    pub ip: Option<String>,
    /// Time of the login.
    pub created_at: Timestamp,
    /// Time of the latest login, refresh or password change; under `server-session`, of the latest request, at most a minute behind.
    pub last_used_at: Timestamp,
    /// The absolute timeout of the session: fixed at login, never extended.
    pub expires_at: Timestamp,
    /// How strongly the user has proved who they are (OIDC `acr`): `1`, one factor.
    #[serde(default)]
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub acr: String,
    /// With what the user has proved that (RFC 8176): `pwd`, the password.
    #[serde(default)]
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub amr: Vec<String>,
    /// When the user last proved that: at the login, at `POST /api/auth/confirm` or with a password change. A refresh does
    /// not move it.
    #[serde(default)]
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub auth_time: Timestamp,
}

/// A device, described for people.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Device {
    /// For example `Firefox`; `Unknown browser` if it was not recognized.
    pub browser: String,
    /// For example `Linux`; `Unknown system` if it was not recognized.
    pub os: String,
}

/// Body of `PATCH /api/sessions/{id}`, which names the device of a session.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct RenameSession {
    /// The new name, one line of at most 100 characters; `null` or only spaces removes the name.
    // Required: a missing member is a mistake, not a request to remove the name.
    #[serde(deserialize_with = "Option::deserialize")]
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub label: Option<String>,
}

/// How many sessions a request ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct EndedCount {
    /// Counts sessions that were active before the request.
    pub ended: usize,
}

/// When a session ended, and from which device.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct EndDetails {
    /// Time of the end.
    pub at: Timestamp,
    /// The device from which the session was ended; absent if it expired, or an administrator or operator ended it.
    pub by: Option<Device>,
}

/// A session that ended: the data of the event `session-ended` on `GET /api/sessions/events`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct EndedSession {
    /// Id of the session.
    pub session: String,
    /// Why it ended.
    pub reason: EndReason,
    /// When it ended and from which device, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<EndDetails>,
}
