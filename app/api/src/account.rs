//! `/api/me` and `/api/account`: the account of the caller.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// A user as the access token describes them. Answer to `GET /api/me`; part of every token response.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct User {
    /// Stable for the life of the account.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Roles, such as `admin`; empty for most users.
    pub roles: Vec<String>,
}

/// A user as the database describes them. Answer to `GET /api/account`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Account {
    /// Stable for the life of the account.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Roles, such as `admin`; empty for most users.
    pub roles: Vec<String>,
    /// The login address, in canonical form.
    pub email: String,
    /// Whether the user has proved to receive mail at this address.
    #[serde(default)]
    pub email_verified: bool,
    /// Time of registration.
    pub created_at: Timestamp,
    /// When the password was chosen: the latest change, or the registration.
    pub password_changed_at: Timestamp,
    /// Whether the password is known from a data breach, so that it should be changed.
    #[serde(default)]
    pub must_change_password: bool,
    /// Of the roles, those that require a second factor, and that this session therefore lacks: set one up, or confirm with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld_roles: Vec<String>,
}

/// Body of `PATCH /api/account`, which changes the name.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct UpdateAccount {
    /// The new name, one line of at most 100 characters. Access tokens have it from the next refresh.
    #[cfg_attr(feature = "utoipa", schema(required, min_length = 1, max_length = 100))]
    pub name: String,
}

/// Body of `POST /api/account/password`, which replaces the password and ends every other session.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ChangePassword {
    /// The current password.
    #[cfg_attr(feature = "utoipa", schema(required, format = Password))]
    pub current_password: String,
    /// The new password; the rules of registration apply.
    #[cfg_attr(feature = "utoipa", schema(required, format = Password, min_length = 8, max_length = 1024))]
    pub new_password: String,
}
