//! Mails as the outbox stores them, and addresses in their headers.

use url::Url;

use crate::{
    clock::Moment,
    model::{credential::CredentialHash, display_name, email::Email, user::UserId},
    random,
};

/// Part of the `Message-ID`, so that a mail that is sent twice is shown once.
#[derive(Clone, Debug, Eq, Hash, PartialEq, sqlx::Type)]
#[sqlx(transparent)]
pub struct MailId(pub String);

impl MailId {
    pub fn generate() -> Self {
        Self(random::id())
    }
}

/// A mail for the outbox. Recipient, subject and text are encrypted.
#[derive(Clone, Debug)]
pub struct OutgoingMail {
    pub id: MailId,
    /// None where the address belongs to no user.
    pub user_id: Option<UserId>,
    /// One word for logs, metrics and file names.
    pub purpose: &'static str,
    pub sealed: String,
    /// The ticket without which the mail is pointless.
    pub ticket: Option<CredentialHash>,
}

/// A mail that this node alone may send, until its claim ends.
#[derive(Clone, Debug)]
pub struct ClaimedMail {
    pub id: MailId,
    pub user_id: Option<UserId>,
    pub purpose: String,
    pub sealed: String,
    /// Whether the mail has no ticket, or one that can still be used.
    pub is_useful: bool,
    pub created_at: Moment,
    pub give_up_at: Moment,
    /// With this one.
    pub attempts: i64,
}

/// The end of a mail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MailOutcome<'a> {
    Sent,
    /// It had become pointless, or was never to be sent.
    Dropped,
    /// With the reason, without the address.
    Failed(&'a str),
}

/// A mail that waits, for the operator.
#[derive(Clone, Debug)]
pub struct WaitingMail {
    pub id: MailId,
    pub user_id: Option<UserId>,
    pub purpose: String,
    pub created_at: Moment,
    pub send_at: Moment,
    pub attempts: i64,
    /// Why the last attempt failed.
    pub failure: Option<String>,
}

/// An address of ours in a header.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MailAddress {
    pub name: Option<String>,
    pub address: String,
}

impl MailAddress {
    /// Parses `ada@example.com` and `Ada <ada@example.com>`.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const EXPECTED: &str = "must be an address, or a name and an address in `<` and `>`";
        let (name, address) = match text.trim().strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
            Some((name, address)) => (Some(name.trim().trim_matches('"')).filter(|name| !name.is_empty()), address),
            None => (None, text),
        };
        let name = name.map(|name| display_name::parse(name).ok_or(EXPECTED)).transpose()?;
        let address = Email::parse(address).ok_or(EXPECTED)?.as_str().to_owned();
        // The library that writes the header has to read it.
        address.parse::<lettre::Address>().map_err(|_| EXPECTED)?;
        Ok(Self { name, address })
    }

    /// `no-reply` at the host of this origin.
    pub fn no_reply(origin: &str) -> Self {
        let url = Url::parse(origin).ok();
        // An IP address has no mailboxes.
        let domain = url.as_ref().and_then(Url::domain).unwrap_or("localhost");
        Self { name: None, address: format!("no-reply@{domain}") }
    }
}

#[cfg(test)]
mod tests {
    use super::MailAddress;

    #[test]
    fn an_address_may_have_a_name() {
        for (text, name, address) in [
            ("no-reply@Example.com", None, "no-reply@example.com"),
            ("<no-reply@example.com>", None, "no-reply@example.com"),
            ("Example, Inc. <no-reply@example.com>", Some("Example, Inc."), "no-reply@example.com"),
            ("\"Bücher\" <no-reply@bücher.example>", Some("Bücher"), "no-reply@xn--bcher-kva.example"),
        ] {
            let parsed = MailAddress::parse(text).expect(text);
            assert_eq!((parsed.name.as_deref(), parsed.address.as_str()), (name, address));
        }
        for text in ["", "example.com", "a\r\nBcc: b@example.com <a@example.com>", "a@example.com, b@example.com", "<>"]
        {
            assert!(MailAddress::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_default_is_at_the_host_of_the_pages() {
        for (origin, address) in [
            ("https://login.example.com", "no-reply@login.example.com"),
            ("http://localhost:3000", "no-reply@localhost"),
            ("http://127.0.0.1:3000", "no-reply@localhost"),
            ("http://[::1]:3000", "no-reply@localhost"),
        ] {
            assert_eq!(MailAddress::no_reply(origin).address, address);
        }
    }
}
