//! `/api/auth`: registration, login, refresh and logout.

use serde::{Deserialize, Serialize};

use crate::{PasskeyAssertion, RegistrationMode, Session, User};

/// How accounts can be created and opened on this server, the same for all of them. Answer to `GET /api/auth/methods`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct AuthMethods {
    /// Who can register.
    pub registration: RegistrationMode,
    /// Whether the server sends mails: then a registration takes a code, and a forgotten password can be set anew.
    pub mail: bool,
    /// Whether the server accepts passkeys.
    pub passkeys: bool,
}

/// Body of `POST /api/auth/register`, which creates an account.
///
/// A missing member reads as an empty string, so that the error can name the field.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Register {
    /// An email address; case does not matter.
    #[cfg_attr(feature = "utoipa", schema(required, format = Email, min_length = 3, max_length = 254))]
    pub email: String,
    /// Used exactly as typed; at least `password_min_length` characters (15 unless configured), at most 1,024 bytes.
    #[cfg_attr(feature = "utoipa", schema(required, format = Password, min_length = 8, max_length = 1024))]
    pub password: String,
    /// Display name, 1 to 100 characters.
    #[cfg_attr(feature = "utoipa", schema(required, min_length = 1))]
    pub name: String,
}

/// The response to a registration whose email has yet to be proved, and to a request for a new code. It is the same whether or
/// not an account with the email exists.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct PendingRegistration {
    /// Identifies the registration; worth nothing without the code from the mail. Keep it in memory only.
    pub ticket: String,
    /// Lifetime of the code, in seconds.
    pub expires_in: u64,
    /// After how many seconds a new code can be requested.
    pub resend_in: u64,
}

/// Body of `POST /api/auth/register/confirm`, which creates the account and logs in.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ConfirmRegistration {
    /// The ticket of the registration.
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub ticket: String,
    /// The 8 digits from the mail; spaces and hyphens do not matter.
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub code: String,
}

/// Body of `POST /api/auth/register/resend`, which sends a new code.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ResendCode {
    /// The ticket of the registration.
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub ticket: String,
}

/// Body of `POST /api/auth/login`, which exchanges an email and a password for a session.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Login {
    /// The email address of the account; case does not matter.
    #[cfg_attr(feature = "utoipa", schema(required))]
    pub email: String,
    /// Used exactly as typed.
    #[cfg_attr(feature = "utoipa", schema(required, format = Password))]
    pub password: String,
}

/// The response to a login, a registration, a refresh and a confirmation (RFC 6749, section 5.1).
///
/// Which members are present depends on the policy of the session: `server-session` has no tokens.
#[derive(Clone, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct TokenResponse {
    /// The access token, a JWT (RFC 9068). Keep it in memory only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token: Option<String>,
    /// `Bearer`, if there is an access token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// Lifetime of the access token from now, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<i64>,
    /// The refresh token of a session that keeps it in memory (policy `memory-only`). Only at login and registration: a
    /// refresh does not rotate it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The session that starts or continues.
    pub session: Session,
    /// The logged-in user.
    pub user: User,
}

/// Body of `POST /api/auth/confirm`, in which the user of a session proves who they are again: with the password and, where the
/// account requires a second factor, exactly one factor beside it.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Confirm {
    /// The password of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(format = Password))]
    pub password: Option<String>,
    /// 6 digits from the authenticator app; spaces do not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub totp: Option<String>,
    /// A recovery code; case, spaces and hyphens do not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_code: Option<String>,
    /// The answer to a challenge for `confirm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passkey: Option<PasskeyAssertion>,
}

/// Body of `POST /api/auth/refresh` and `POST /api/auth/logout` for a session whose refresh token is kept in memory.
/// Sessions with a cookie send no body or an empty object.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct PresentedRefreshToken {
    /// The refresh token from the login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}
