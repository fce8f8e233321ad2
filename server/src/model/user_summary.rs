//! Everybody with an account, a page at a time.

use doorward_api as api;

use crate::{
    clock::Moment,
    model::user::{User, UserId},
};

/// A person with the number of their live sessions.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The person.
    pub user: User,
    /// How many sessions are live, as far as the database knows.
    pub sessions: i64,
}

/// A place in the order of accounts: by age and, where that is the same, by id.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// When the account was registered.
    pub created_at: Moment,
    /// Which one of that moment.
    pub user_id: UserId,
}

impl Place {
    /// After everybody.
    pub fn end() -> Self {
        Self { created_at: Moment(i64::MAX), user_id: UserId(String::new()) }
    }

    /// Reads what [`Display`](std::fmt::Display) has written.
    pub fn parse(text: &str) -> Option<Self> {
        let (moment, id) = text.split_once('-')?;
        let is_id = (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        Some(Self { created_at: Moment(moment.parse().ok()?), user_id: UserId(is_id.then(|| id.to_owned())?) })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.created_at.0, self.user_id.0)
    }
}

impl Listed {
    /// Where this person stands.
    pub fn place(&self) -> Place {
        Place { created_at: self.user.created_at, user_id: self.user.id.clone() }
    }
}

impl From<Listed> for api::UserSummary {
    fn from(Listed { user, sessions }: Listed) -> Self {
        Self {
            id: user.id.0,
            email: user.email.as_str().to_owned(),
            name: user.name,
            roles: user.roles,
            created_at: user.created_at.into(),
            disabled_at: user.disabled_at.map(Into::into),
            sessions: u32::try_from(sessions).unwrap_or(u32::MAX),
        }
    }
}
