//! `/api/auth`: registration, login, refresh and logout.

use serde::{Deserialize, Serialize};

use crate::{Session, User};

/// `POST /api/auth/register`: asks for a new account. A missing field reads as an empty one, so that the answer can name it.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Register {
    /// An email address; compared without regard to case.
    pub email: String,
    /// Taken exactly as typed; at least `password_min_length` characters (15 unless configured), at most 1,024 bytes.
    pub password: String,
    /// What the person is called, 1 to 100 characters.
    pub name: String,
}

/// `POST /api/auth/login`: trades an email and a password for a session.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Login {
    /// The email address of the account.
    pub email: String,
    /// Taken exactly as typed.
    pub password: String,
}

/// The answer to a login, a registration and a refresh. What it carries depends on what the session's policy has the
/// browser [keep](PolicyName::keeps).
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct TokenResponse {
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
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Presented {
    /// The refresh token of the login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}
