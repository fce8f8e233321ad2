//! `/api/me`, `/api/account`: the account of the caller.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The person as the access token knows them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct User {
    /// Stable for the life of the account.
    pub id: String,
    /// What the person is called.
    pub name: String,
    /// What the person may do; empty for most.
    pub roles: Vec<String>,
}

/// The person as the database knows them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Account {
    /// Stable for the life of the account.
    pub id: String,
    /// What the person is called.
    pub name: String,
    /// What the person may do; empty for most.
    pub roles: Vec<String>,
    /// The address the person logs in with, in its canonical form.
    pub email: String,
    /// When the account was registered.
    pub created_at: Timestamp,
}

/// `POST /api/account/password`: replaces the password and ends every other session.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ChangePassword {
    /// The password as it is now.
    pub current_password: String,
    /// The password as it shall be; the rules of [`Register::password`] hold.
    pub new_password: String,
}
