//! Passwords: the rules for new ones, and their stored hash.

use argon2::password_hash::phc;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::{
    blocklist::{self, Guessable},
    characters,
};

/// Longer passwords are rejected, never truncated. In bytes as sent, because hashing time grows with them.
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// Why a new password was rejected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PasswordError {
    Missing,
    /// Longer than [`MAX_PASSWORD_BYTES`].
    TooLong,
    /// In characters that count.
    TooShort {
        min: usize,
        length: usize,
        is_partly_invisible: bool,
    },
    Guessable(Guessable),
}

/// A password as typed, after Unicode normalization (NFKC, as NIST SP 800-63B recommends: keyboards compose letters in
/// different ways). Nothing else is changed. Has no `Debug`, so that it cannot be logged.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Accepts any text of at most [`MAX_PASSWORD_BYTES`]; for passwords that are compared with a stored hash.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() <= MAX_PASSWORD_BYTES).then(|| Self(Zeroizing::new(text.nfkc().collect())))
    }

    /// Validates a new password of a user with this name and email.
    pub fn choose(text: &str, min_length: usize, name: &str, email: &str) -> Result<Self, PasswordError> {
        let password = Self::of_length(text, min_length)?;
        password.check_guessable(name, email)?;
        Ok(password)
    }

    /// A new password that is long enough and not too long. There are no composition rules: any characters are allowed
    /// (NIST SP 800-63B).
    pub fn of_length(text: &str, min: usize) -> Result<Self, PasswordError> {
        if text.is_empty() {
            return Err(PasswordError::Missing);
        }
        let password = Self::parse(text).ok_or(PasswordError::TooLong)?;
        // The shorter of both counts: normalization expands some characters (U+FDFA alone into eighteen). Characters that
        // cannot be seen are allowed, but any number of them is one guess.
        let length = |text: &str| text.chars().filter(|c| characters::counts(*c)).count();
        let length = if text.chars().any(characters::is_visible) { length(text).min(length(&password.0)) } else { 0 };
        if length < min {
            let is_partly_invisible = length < text.chars().count();
            return Err(PasswordError::TooShort { min, length, is_partly_invisible });
        }
        Ok(password)
    }

    /// Rejects a new password that is easy to guess for a user with this name and email. Takes longer than the length.
    pub fn check_guessable(&self, name: &str, email: &str) -> Result<(), PasswordError> {
        blocklist::check(&self.0, name, email).map_err(PasswordError::Guessable)
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

/// An Argon2id hash with its salt and parameters (PHC string).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, sqlx::Type)]
#[sqlx(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    pub(crate) fn parsed(&self) -> Result<phc::PasswordHash, phc::Error> {
        phc::PasswordHash::new(&self.0)
    }
}

impl From<phc::PasswordHash> for PasswordHash {
    fn from(hash: phc::PasswordHash) -> Self {
        Self(hash.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_PASSWORD_BYTES, Password, PasswordError};

    fn choose(text: &str) -> Result<Password, PasswordError> {
        Password::choose(text, 15, "Ada Lovelace", "ada@example.com")
    }

    #[test]
    fn the_minimum_length_is_in_characters() {
        assert!(choose("ünïcödé wörd sé").is_ok());
        assert!(choose("fourteen chars").is_err());
        assert!(choose("🦀🐢🦊🐙🐝🦋🐞🐠🐡🐧🦉🦆🐎🐓🐖").is_ok());
    }

    #[test]
    fn long_passwords_are_never_truncated() {
        let long: String = ('a'..='z').cycle().step_by(7).take(MAX_PASSWORD_BYTES).collect();
        assert_eq!(choose(&long).expect("allowed").reveal().len(), MAX_PASSWORD_BYTES);
        assert!(choose(&format!("{long}x")).is_err());
    }

    #[test]
    fn characters_that_cannot_be_seen_do_not_count() {
        for invisible in [
            "\u{200B}",
            "\u{FEFF}",
            "\u{2800}",
            "\u{3164}",
            "\u{E0020}",
            "\u{FE0F}",
            "\0",
            " ",
            "\u{3000}",
            "\u{13441}",
            "\u{FFFC}",
            "\u{FDD0}",
            "\u{378}",
        ] {
            assert!(choose(&invisible.repeat(40)).is_err(), "{invisible:?}");
            if ![" ", "\u{3000}"].contains(&invisible) {
                assert!(choose(&format!("fourteen chars{}", invisible.repeat(10))).is_err(), "{invisible:?}");
            }
        }
        assert!(choose("👩\u{200D}💻 writes a long phrase").is_ok());
        assert!(choose("علی\u{200C}رضا در تهران").is_ok());
    }

    #[test]
    fn any_characters_are_accepted_unchanged() {
        let odd = "  spaces, \0 NUL and 🦀  ";
        assert_eq!(choose(odd).expect("allowed").reveal(), odd);
    }
}
