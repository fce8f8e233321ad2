//! Registrations that wait for the code from their mail, and invitations. There is no user before the address is proved.

use std::time::Duration;

use unicode_normalization::UnicodeNormalization;

use crate::{
    clock::Moment,
    model::{credential::CredentialHash, email::Email},
    random,
};

/// How long a code can be used (ASVS 6.5.5: ten minutes at most).
pub const CODE_LIFETIME: Duration = Duration::from_mins(10);

/// How long a ticket can be used, with newer codes.
pub const TICKET_LIFETIME: Duration = Duration::from_hours(1);

/// How long to wait before a new code can be requested.
pub const RESEND_PAUSE: Duration = Duration::from_secs(30);

/// After this many wrong codes, a registration ends.
pub const MAX_FAILURES: u32 = 5;

pub const INVITATION_LIFETIME: Duration = Duration::from_hours(72);

const DIGITS: usize = 8;

/// A one-time code: 8 random digits. Has no `Debug`, so that it cannot be logged.
pub struct Code(String);

impl Code {
    pub fn generate() -> Self {
        // Of 2^64 numbers: the first codes are likelier by less than one in a hundred billion.
        Self(format!("{:0DIGITS$}", u64::from_ne_bytes(random::bytes()) % 10_u64.pow(8)))
    }

    /// Parses a code as typed or pasted: with spaces and hyphens, or in full-width digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 128 {
            return None;
        }
        // In NFKC, full-width digits are ASCII digits, and every space is one of these.
        let is_separator =
            |c: &char| c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{200B}');
        let digits: String = text.nfkc().filter(|c| !is_separator(c)).collect();
        (digits.len() == DIGITS && digits.bytes().all(|digit| digit.is_ascii_digit())).then_some(Self(digits))
    }

    /// The digits, only to be written into the mail and to be compared.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// What the database has of a code.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SentCode {
    /// In hex, of the ticket and the code.
    pub mac: String,
    pub expires_at: Moment,
}

/// The codes of a registration. A newer one does not replace those before it, because their mails may be on the way.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SentCodes(Vec<SentCode>);

impl SentCodes {
    /// What is no code is left out.
    pub fn parse(text: &str) -> Self {
        let parse = |entry: &str| {
            let (mac, expires_at) = entry.split_once(':')?;
            Some(SentCode { mac: mac.to_owned(), expires_at: Moment(expires_at.parse().ok()?) })
        };
        Self(text.split(' ').filter_map(parse).collect())
    }

    pub fn to_text(&self) -> String {
        let entries: Vec<_> = self.0.iter().map(|code| format!("{}:{}", code.mac, code.expires_at.0)).collect();
        entries.join(" ")
    }

    /// With one more, without those that have expired.
    #[must_use]
    pub fn with(&self, code: SentCode, now: Moment) -> Self {
        Self(self.valid(now).cloned().chain([code]).collect())
    }

    pub fn valid(&self, now: Moment) -> impl Iterator<Item = &SentCode> {
        self.0.iter().filter(move |code| code.expires_at > now)
    }
}

/// A registration to be stored.
#[derive(Clone, Debug)]
pub struct NewRegistration {
    pub ticket: CredentialHash,
    pub email: Email,
    /// Name and password hash, encrypted.
    pub details: String,
    pub codes: SentCodes,
}

/// A registration that waits for its code.
#[derive(Clone, Debug)]
pub struct Registration {
    pub email: Email,
    pub details: String,
    pub codes: SentCodes,
    /// When the newest code was sent.
    pub sent_at: Moment,
    /// Wrong codes so far.
    pub failures: u32,
}

/// An invitation that can be accepted.
#[derive(Clone, Debug)]
pub struct Invitation {
    pub email: Email,
    /// Name and roles, encrypted.
    pub details: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_and_paste_it() {
        for text in [
            "01234567",
            "0123 4567",
            " 0123-4567\n",
            "01 23 45 67",
            "0123\u{A0}4567",
            "0123\u{2013}4567",
            "０１２３４５６７",
            "０１２３　４５６７",
            "\u{200B}01234567",
        ] {
            assert_eq!(Code::parse(text).expect(text).reveal(), "01234567", "{text:?}");
        }
        for text in ["", "1234567", "123456789", "0123456a", "٠١٢٣٤٥٦٧", "0123.4567", &"0".repeat(1000)] {
            assert!(Code::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn codes_have_eight_digits_and_differ() {
        let codes: std::collections::HashSet<_> = (0..1000).map(|_| Code::generate().0).collect();
        assert!(codes.len() > 990 && codes.iter().all(|code| code.len() == 8 && Code::parse(code).is_some()));
    }

    #[test]
    fn each_code_is_valid_for_its_own_time() {
        let code = |mac: &str, expires_at| SentCode { mac: mac.to_owned(), expires_at: Moment(expires_at) };
        let codes = SentCodes::default().with(code("a", 10), Moment(0)).with(code("b", 20), Moment(5));
        assert_eq!(SentCodes::parse(&codes.to_text()), codes);
        let valid = |now| codes.valid(Moment(now)).map(|code| code.mac.as_str()).collect::<String>();
        assert_eq!((valid(9), valid(10), valid(20)), ("ab".into(), "b".into(), String::new()));
        assert_eq!(codes.with(code("c", 30), Moment(15)).to_text(), "b:20 c:30");
        assert_eq!(SentCodes::parse("x y:z "), SentCodes::default());
    }
}
