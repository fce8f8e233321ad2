//! `/api/admin/users`: the list of accounts, for administrators.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// One page of `GET /api/admin/users`: the newest accounts first or, of a search, in alphabetical order of what was found.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct UserList {
    /// At most 50 accounts.
    pub users: Vec<UserSummary>,
    /// Cursor of the next page, to be sent as `?before=`; absent on the last page.
    pub before: Option<String>,
}

/// An account in the list.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct UserSummary {
    /// Stable for the life of the account.
    pub id: String,
    /// The login address, in canonical form.
    pub email: String,
    /// Display name.
    pub name: String,
    /// Roles, such as `admin`; empty for most users.
    pub roles: Vec<String>,
    /// Time of registration.
    pub created_at: Timestamp,
    /// When the account was disabled, if it is.
    pub disabled_at: Option<Timestamp>,
    /// Number of active sessions.
    pub sessions: u32,
}

/// Body of `POST /api/admin/users`, which invites a user by mail.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct InviteUser {
    /// The email address of the new account; case does not matter.
    #[cfg_attr(feature = "utoipa", schema(required, format = Email, min_length = 3, max_length = 254))]
    pub email: String,
    /// Display name, which the user can change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Roles of the new account.
    pub roles: Vec<String>,
}

/// An invitation. It is valid once, for this email and these roles, and replaces an earlier one for the same email.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Invitation {
    /// The email address, in canonical form.
    pub email: String,
    /// Roles of the new account.
    pub roles: Vec<String>,
    /// When the invitation expires.
    pub expires_at: Timestamp,
}
