//! Email addresses.

use unicode_normalization::UnicodeNormalization;

/// An email address in canonical form: NFKC, lower case, domain in its ASCII form.
#[derive(Clone, Debug, Eq, Hash, PartialEq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Email(String);

impl Email {
    /// Normalizes the text before it validates it, so that two spellings of an address cannot become two accounts. The
    /// part before the `@` must be ASCII, which keeps out look-alike letters and zero-width and bidirectional
    /// characters. Otherwise the syntax is that of `<input type=email>` (HTML standard, "valid email address").
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

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn spellings_of_one_address_are_equal() {
        for spelling in ["Ada@Example.com", " ada@example.com ", "ada@EXAMPLE.COM", "ａｄａ＠example.com"] {
            assert_eq!(Email::parse(spelling).expect(spelling).as_str(), "ada@example.com");
        }
        assert_eq!(Email::parse("ada@bücher.example").expect("IDN").as_str(), "ada@xn--bcher-kva.example");
    }

    #[test]
    fn deceptive_addresses_are_rejected() {
        let deceptive = [
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
        for text in deceptive {
            assert_eq!(Email::parse(text), None, "{text:?}");
        }
    }
}
