//! Users: accounts, display names and roles.

use doorward_api as api;
use std::fmt::{self, Display};

use crate::{
    clock::Moment,
    model::{
        authentication::Authentication, display_name, email::Email, password::PasswordHash,
        second_factor_roles::SecondFactorRoles,
    },
    random,
};

#[derive(Clone, Debug, Eq, Hash, PartialEq, sqlx::Type)]
#[sqlx(transparent)]
pub struct UserId(pub String);

/// No ID begins like this, because IDs are in hex.
const STAND_IN: &str = "deleted";

impl From<String> for UserId {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl UserId {
    pub fn generate() -> Self {
        Self(random::id())
    }

    /// In audit events, takes the place of the ID of a user who has been deleted. Random: it does not lead back to the user.
    pub fn stand_in() -> Self {
        Self(format!("{STAND_IN}{}", random::id()))
    }

    pub fn is_stand_in(&self) -> bool {
        self.0.starts_with(STAND_IN)
    }

    /// Rejects text that cannot be an id before it reaches the database.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        ((1..=64).contains(&text.len()) && is_plain).then(|| Self(text.to_owned()))
    }
}

#[derive(Clone, Debug)]
pub struct User {
    pub id: UserId,
    pub email: Email,
    pub name: String,
    pub roles: Vec<String>,
    pub password_hash: PasswordHash,
    /// Incremented when the password changes, but not when the same password is rehashed.
    pub password_version: i64,
    pub password_changed_at: Moment,
    /// Set once the user has proved to receive mail at the address.
    pub email_verified_at: Option<Moment>,
    /// Counts changes of the email and of second factors.
    pub factors_version: i64,
    /// Whether a second factor is required after the password.
    pub has_second_step: bool,
    /// The user handle of WebAuthn, once there has been a passkey: 32 random bytes in base64url.
    pub webauthn_handle: Option<String>,
    /// When all second factors are removed, as an administrator has asked.
    pub factors_reset_at: Option<Moment>,
    /// Set while the password is refused until it is set anew by mail.
    pub password_refused_at: Option<Moment>,
    /// Whether the password has turned out to be known from a data breach.
    pub must_change_password: bool,
    pub created_at: Moment,
    pub disabled_at: Option<Moment>,
    /// Set while the account is going to be deleted.
    pub delete_at: Option<Moment>,
}

/// Manages users: the one role with a meaning for this server.
pub const ADMIN: &str = "admin";

impl User {
    /// A user without roles, whose address is not proved.
    pub fn new(email: Email, name: &str, password_hash: PasswordHash, now: Moment) -> Self {
        Self {
            id: UserId::generate(),
            email,
            name: name.to_owned(),
            roles: vec![],
            password_hash,
            password_version: 1,
            password_changed_at: now,
            email_verified_at: None,
            factors_version: 0,
            has_second_step: false,
            webauthn_handle: None,
            factors_reset_at: None,
            password_refused_at: None,
            must_change_password: false,
            created_at: now,
            disabled_at: None,
            delete_at: None,
        }
    }

    /// Neither disabled nor going to be deleted.
    pub fn is_active(&self) -> bool {
        self.disabled_at.is_none() && self.delete_at.is_none()
    }

    pub fn is_active_administrator(&self) -> bool {
        self.is_active() && self.roles.iter().any(|role| role == ADMIN)
    }
}

/// What a request of a session needs of its user.
#[derive(Clone, Debug)]
pub struct Identity {
    pub id: UserId,
    pub name: String,
    /// They choose the policy, also those that a session lacks: see [`in_session`](Self::in_session).
    pub assigned_roles: Vec<String>,
    pub has_second_step: bool,
}

impl From<User> for Identity {
    fn from(user: User) -> Self {
        Self { id: user.id, name: user.name, assigned_roles: user.roles, has_second_step: user.has_second_step }
    }
}

impl Identity {
    /// The user with the roles that a session has: there is no other way to them.
    pub fn in_session(self, authentication: &Authentication, requirement: &SecondFactorRoles) -> SessionUser {
        let withheld = requirement.withheld(&self.assigned_roles, self.has_second_step, authentication);
        let mut roles = self.assigned_roles;
        roles.retain(|role| !withheld.contains(role));
        SessionUser { id: self.id, name: self.name, roles }
    }
}

/// The user of a session, with the roles that it has.
#[derive(Clone, Debug)]
pub struct SessionUser {
    pub id: UserId,
    pub name: String,
    pub roles: Vec<String>,
}

impl From<SessionUser> for api::User {
    fn from(user: SessionUser) -> Self {
        Self { id: user.id.0, name: user.name, roles: user.roles }
    }
}

impl From<User> for api::Account {
    fn from(user: User) -> Self {
        Self {
            id: user.id.0,
            name: user.name,
            roles: user.roles,
            email: user.email.to_unicode(),
            email_verified: user.email_verified_at.is_some(),
            created_at: user.created_at.into(),
            password_changed_at: user.password_changed_at.into(),
            must_change_password: user.must_change_password,
            withheld_roles: vec![],
        }
    }
}

/// The display name of a user: 1 to 100 characters on one line, without control or direction characters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Name(String);

impl Name {
    /// Parses a name as typed; surrounding space is removed.
    pub fn parse(text: &str) -> Option<Self> {
        display_name::parse(text).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Role(String);

impl Role {
    /// The rule that [`parse`](Self::parse) applies, as shown to the operator.
    pub const RULE: &str = "a role is a word of at most 64 letters, digits, `-`, `_`, `.` and `:`";

    /// Roles contain no spaces, because the database and the settings separate them by spaces.
    pub fn parse(text: &str) -> Option<Self> {
        let is_word = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte));
        ((1..=64).contains(&text.len()) && is_word).then(|| Self(text.to_owned()))
    }
}

/// The longest text of all roles of a user, separated by spaces. They are part of every access token, which verifiers
/// accept up to 4 KiB; `tests/it/token_size.rs` issues the largest one.
const MAX_ROLES_LENGTH: usize = 1024;

const MAX_ROLES: usize = 50;

/// Checks that an access token has room for these roles; the error is shown to the operator.
pub fn check_roles(roles: &[String]) -> Result<(), String> {
    let length = roles.join(" ").len();
    if roles.len() <= MAX_ROLES && length <= MAX_ROLES_LENGTH {
        return Ok(());
    }
    Err(format!(
        "{} roles with {length} characters are too many for an access token: at most {MAX_ROLES} with {MAX_ROLES_LENGTH} \
         characters in all",
        roles.len()
    ))
}

impl From<Role> for String {
    fn from(role: Role) -> Self {
        role.0
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn a_name_is_one_readable_line() {
        assert_eq!(Name::parse("  Ada Lovelace ").expect("valid").as_str(), "Ada Lovelace");
        for text in ["", "   ", "a\nb", "a\0b", "a\u{202E}b", &"x".repeat(101)] {
            assert_eq!(Name::parse(text), None, "{text:?}");
        }
    }
}
