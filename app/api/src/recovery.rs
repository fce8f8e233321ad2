//! `/api/auth/forgot` and `/api/auth/reset`: a new password by mail.

use serde::{Deserialize, Serialize};

/// Body of `POST /api/auth/forgot`, which sends a link to set a new password.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Forgot {
    /// The email address of the account; case does not matter.
    #[cfg_attr(feature = "utoipa", schema(required, format = Email, min_length = 3, max_length = 254))]
    pub email: String,
}

/// Body of `POST /api/auth/reset`, which sets a new password.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Reset {
    /// The token in the query of the link.
    #[cfg_attr(feature = "utoipa", schema(required, format = Password))]
    pub token: String,
    /// The new password. Used exactly as typed; at least `password_min_length` characters (15 unless configured), at most
    /// 1,024 bytes.
    #[cfg_attr(feature = "utoipa", schema(required, format = Password, min_length = 8, max_length = 1024))]
    pub password: String,
    /// For an account that requires a second factor, unless `recovery_code` is sent: 6 digits from the authenticator app; spaces do
    /// not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub totp: Option<String>,
    /// A recovery code; case, spaces and hyphens do not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_code: Option<String>,
}
