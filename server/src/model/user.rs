//! People: who they are, and the forms that name them.

use doorward_api as api;
use std::fmt::{self, Display};
use unicode_normalization::UnicodeNormalization;

use crate::{
    clock::Moment,
    model::{display_name, password::PasswordHash},
    random,
};

/// Names a user for ever.
#[derive(Clone, Debug, Eq, Hash, PartialEq, sqlx::Type)]
#[sqlx(transparent)]
pub struct UserId(pub String);

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
    /// An id that nobody has.
    pub fn fresh() -> Self {
        Self(random::id())
    }
}

/// A person with an account.
#[derive(Clone, Debug)]
pub struct User {
    /// Names the user for ever.
    pub id: UserId,
    /// What the person logs in with.
    pub email: Email,
    /// What the person is called.
    pub name: String,
    /// What the person may do.
    pub roles: Vec<String>,
    /// What the password is checked against.
    pub password_hash: PasswordHash,
    /// Counts the changes of the password; a new hash of the same password is none.
    pub password_version: i64,
    /// When the account was registered.
    pub created_at: Moment,
    /// Since when the account may not be used.
    pub disabled_at: Option<Moment>,
}

impl From<User> for api::User {
    fn from(user: User) -> Self {
        Self { id: user.id.0, name: user.name, roles: user.roles }
    }
}

impl From<User> for api::Account {
    fn from(user: User) -> Self {
        Self {
            id: user.id.0,
            name: user.name,
            roles: user.roles,
            email: user.email.0,
            created_at: user.created_at.into(),
        }
    }
}

/// An email address in canonical form: NFKC, lower case, domain in its ASCII form.
#[derive(Clone, Debug, Eq, Hash, PartialEq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Email(String);

impl Email {
    /// Brings `text` into canonical form and then checks it, so that no two spellings make two accounts. The part
    /// before the `@` is ASCII: with that no look-alike letter, zero-width or bidirectional character gets in.
    /// The shape is that of `<input type=email>` (HTML standard, "valid email address").
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.trim_matches(' ').nfkc().collect();
        let (local, domain) = text.split_once('@')?;
        let local = local.to_ascii_lowercase();
        let local_ok = !local.is_empty()
            && local.len() <= 64
            && local.bytes().all(|b| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b));
        let letters = |c: char| c.is_alphanumeric() || c == '-' || c == '.';
        if !local_ok || !domain.chars().all(letters) {
            return None;
        }

        let domain = idna::domain_to_ascii_strict(domain).ok()?;
        let email = format!("{local}@{domain}");
        (domain.split('.').all(|label| !label.is_empty()) && email.len() <= 254).then_some(Self(email))
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a person, 1 to 100 characters on one line, without control or direction characters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Name(String);

impl Name {
    /// What [`parse`](Self::parse) takes, in words for the person.
    pub const RULE: &str = "Enter your name, on one line and at most 100 characters long.";

    /// Takes a name as typed, without the space around it.
    pub fn parse(text: &str) -> Option<Self> {
        display_name::read(text).map(Self)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a person may do, in one word.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Role(String);

impl Role {
    /// What [`parse`](Self::parse) takes, in words for the operator.
    pub const RULE: &str = "a role is a word of at most 64 letters, digits, `-`, `_`, `.` and `:`";

    /// Takes a role that can stand among others, separated by spaces.
    pub fn parse(text: &str) -> Option<Self> {
        let is_word = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte));
        ((1..=64).contains(&text.len()) && is_word).then(|| Self(text.to_owned()))
    }
}

impl From<Role> for String {
    fn from(role: Role) -> Self {
        role.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Email, Name};

    #[test]
    fn r12_spellings_of_one_address_are_one_address() {
        for spelling in ["Ada@Example.com", " ada@example.com ", "ada@EXAMPLE.COM", "ａｄａ＠example.com"] {
            assert_eq!(Email::parse(spelling).expect(spelling).as_str(), "ada@example.com");
        }
        assert_eq!(Email::parse("ada@bücher.example").expect("IDN").as_str(), "ada@xn--bcher-kva.example");
    }

    #[test]
    fn r12_addresses_that_deceive_are_refused() {
        let deceiving = [
            "аda@example.com", // Cyrillic а
            "ada\u{200B}@example.com",
            "ada@exam\u{200D}ple.com",
            "ada\u{202E}@example.com",
            "ada@example.com,eve@example.com",
            "ada@eve@example.com",
            "ada\n@example.com",
            "ada\0@example.com",
            "@example.com",
            "ada@",
            "ada@.com",
            "ada@example..com",
            "ada",
            "",
        ];
        for text in deceiving {
            assert_eq!(Email::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_name_is_one_readable_line() {
        assert_eq!(Name::parse("  Ada Lovelace ").expect("fine").as_str(), "Ada Lovelace");
        for text in ["", "   ", "a\nb", "a\0b", "a\u{202E}b", &"x".repeat(101)] {
            assert_eq!(Name::parse(text), None, "{text:?}");
        }
    }
}
