//! Passwords: what may be one, and how it is kept.

use argon2::password_hash::phc;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::model::blocklist;

/// Longer passwords are refused, in bytes as sent. Never truncated (R2).
pub const LONGEST: usize = 1024;

/// A password as the person typed it, after Unicode normalization (NFKC, as NIST SP 800-63B asks, so that keyboards
/// that compose letters in different ways make the same password). Nothing else is changed. Cannot be printed.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes any text of at most [`LONGEST`] bytes.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() <= LONGEST).then(|| Self(Zeroizing::new(text.nfkc().collect())))
    }

    /// Takes text as a new password of somebody with this name and email, or says in words for the person why not.
    /// No rules of composition: any characters will do (R4).
    pub fn choose(text: &str, shortest: usize, name: &str, email: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("Enter a password.".into());
        }
        let Some(password) = Self::parse(text) else {
            return Err(format!("Use at most {LONGEST} bytes: about {} letters.", LONGEST - 24));
        };
        // As typed, because normalization spells some characters out: U+FDFA alone becomes eighteen.
        let length = text.chars().count().min(password.0.chars().count());
        if length < shortest {
            return Err(format!(
                "Use at least {shortest} characters; this has {length}. A few unrelated words work well."
            ));
        }
        blocklist::check(&password.0, name, email)?;
        Ok(password)
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

/// What the database keeps: an Argon2id hash with its salt and settings (PHC string).
#[derive(Clone, Debug, Eq, PartialEq, sqlx::Type)]
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
    use super::{LONGEST, Password};

    fn choose(text: &str) -> Result<Password, String> {
        Password::choose(text, 15, "Ada Lovelace", "ada@example.com")
    }

    #[test]
    fn r1_characters_count_not_bytes() {
        assert!(choose("ünïcödé wörd sé").is_ok());
        assert!(choose("fourteen chars").is_err());
        assert!(choose("🦀🐢🦊🐙🐝🦋🐞🐠🐡🐧🦉🦆🐎🐓🐖").is_ok());
    }

    #[test]
    fn r2_long_passwords_are_whole_or_refused() {
        let long: String = ('a'..='z').cycle().step_by(7).take(LONGEST).collect();
        assert_eq!(choose(&long).expect("allowed").reveal().len(), LONGEST);
        assert!(choose(&format!("{long}x")).is_err());
    }

    #[test]
    fn r3_r4_a_password_is_taken_as_typed() {
        let odd = "  spaces, \0 NUL and 🦀  ";
        assert_eq!(choose(odd).expect("allowed").reveal(), odd);
    }
}
