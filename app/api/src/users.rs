//! Everybody with an account, for whoever looks after the accounts.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// `GET /api/admin/users`: a page of the people with an account, the newest first.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct AdminUsers {
    /// At most 50 people.
    pub users: Vec<AdminUser>,
    /// What to send as `?before=` for the people before these; none where there are none.
    pub before: Option<String>,
}

/// A person as an administrator sees them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct AdminUser {
    /// Stable for the life of the account.
    pub id: String,
    /// The address the person logs in with, in its canonical form.
    pub email: String,
    /// What the person is called.
    pub name: String,
    /// What the person may do; empty for most.
    pub roles: Vec<String>,
    /// When the account was registered.
    pub created_at: Timestamp,
    /// Since when the account may not be used, if so.
    pub disabled_at: Option<Timestamp>,
    /// How many sessions are live.
    pub sessions: u32,
}
