//! Recovery codes: each is a second factor once, for those who have lost their device.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use super::{base32, credential::CredentialHash};
use crate::random;

/// How many codes an account gets at once.
pub const CODES: usize = 10;

/// 120 bits: with 112 or more, a fast hash is enough (ASVS 6.5.2).
const BYTES: usize = 15;

const LENGTH: usize = BYTES * 8 / 5;

const GROUP: usize = 4;

/// A code: 24 characters in base32. Has no `Debug`, so that it cannot be logged.
pub struct RecoveryCode(Zeroizing<String>);

impl RecoveryCode {
    pub fn generate() -> Self {
        Self(Zeroizing::new(base32::encode(&random::bytes::<BYTES>())))
    }

    /// Parses a code as typed or pasted: in any case, with any spaces and hyphens.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 256 {
            return None;
        }
        let is_separator =
            |c: &char| c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{200B}');
        let code: String = text.nfkc().filter(|c| !is_separator(c)).map(|c| c.to_ascii_lowercase()).collect();
        (code.len() == LENGTH && base32::is_encoded(&code)).then(|| Self(Zeroizing::new(code)))
    }

    /// What the database has of the code.
    pub fn hash(&self) -> CredentialHash {
        CredentialHash::from_secret(&self.0)
    }

    /// In groups, only to be shown once.
    pub fn to_groups(&self) -> String {
        let groups: Vec<_> = self.0.as_bytes().chunks(GROUP).map(String::from_utf8_lossy).collect();
        groups.join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_six_groups_and_is_read_in_any_spelling() {
        let code = RecoveryCode::generate();
        let groups = code.to_groups();
        assert_eq!((groups.len(), groups.split('-').count()), (29, 6));
        let spellings = [
            groups.clone(),
            groups.to_uppercase(),
            groups.replace('-', ""),
            groups.replace('-', " "),
            format!("\n {} ", groups.replace('-', " \u{2013} ")),
            groups.chars().flat_map(|c| [c, ' ']).collect(),
        ];
        for spelling in spellings {
            assert_eq!(RecoveryCode::parse(&spelling).expect("a code").hash(), code.hash(), "{spelling}");
        }
        for text in ["", "abcd", &groups[1..], &format!("{groups}a"), &groups.replace('-', "1"), &"a".repeat(1000)] {
            assert!(RecoveryCode::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn codes_differ() {
        let hashes: std::collections::HashSet<_> =
            (0..1000).map(|_| RecoveryCode::generate().hash().as_str().to_owned()).collect();
        assert_eq!(hashes.len(), 1000);
    }
}
