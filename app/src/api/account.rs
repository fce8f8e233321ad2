//! People: who registers, who logs in, whose account it is.

use serde::{Deserialize, Serialize};

/// `POST /api/auth/register`: asks for a new account. A missing field reads as an empty one, so that the answer can name it.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
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
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Login {
    /// The email address of the account.
    pub email: String,
    /// Taken exactly as typed.
    pub password: String,
}

/// `POST /api/account/password`: replaces the password and ends every other session.
#[derive(Clone, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct ChangePassword {
    /// The password as it is now.
    pub current_password: String,
    /// The password as it shall be; the rules of [`Register::password`] hold.
    pub new_password: String,
}

/// The person as the access token knows them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
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
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
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
    pub created_at: super::Timestamp,
}
