//! The list of users for administrators.

use doorward_api as api;

use crate::model::{
    cursor::Cursor,
    user::{User, UserId},
};

/// A user with the number of their live sessions.
#[derive(Clone, Debug)]
pub struct UserSummary {
    pub user: User,
    /// Live sessions according to the database: a session may be idle without having been marked as ended yet.
    pub sessions: i64,
}

impl UserSummary {
    pub fn cursor(&self) -> Cursor<UserId> {
        Cursor { at: self.user.created_at, id: self.user.id.clone() }
    }
}

impl From<UserSummary> for api::UserSummary {
    fn from(UserSummary { user, sessions }: UserSummary) -> Self {
        Self {
            id: user.id.0,
            email: user.email.to_unicode(),
            name: user.name,
            roles: user.roles,
            created_at: user.created_at.into(),
            disabled_at: user.disabled_at.map(Into::into),
            sessions: u32::try_from(sessions).unwrap_or(u32::MAX),
        }
    }
}
