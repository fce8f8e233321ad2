//! A change or a verification of the email that waits for its codes: what its ticket keeps, encrypted.

use serde::{Deserialize, Serialize};

use crate::{
    clock::Moment,
    keys::sealer::Sealer,
    login::mail_codes::MailCodes,
    model::{
        credential::CredentialHash,
        email::Email,
        registration::{CODE_LIFETIME, Code, SentCode, SentCodes},
        ticket::{NewTicket, Ticket, TicketPurpose, TicketToken},
        user::User,
    },
};

/// The codes, as stored.
pub struct PendingChange {
    pub email: Email,
    /// Sent to `email`.
    code: SentCodes,
    /// Sent to the present address, if its code is required.
    old_code: Option<SentCodes>,
}

#[derive(Deserialize, Serialize)]
struct Details {
    email: String,
    code: String,
    old_code: Option<String>,
}

impl PendingChange {
    pub fn new(email: Email, code: SentCode, old_code: Option<SentCode>, now: Moment) -> Self {
        let sent = |code| SentCodes::default().with(code, now);
        Self { email, code: sent(code), old_code: old_code.map(sent) }
    }

    /// The ticket. It is void after a change of the password or the email, and once another is asked for.
    pub fn ticket(
        &self,
        (token, purpose): (&TicketToken, TicketPurpose),
        user: &User,
        sealer: &Sealer,
        now: Moment,
    ) -> NewTicket {
        let ticket = NewTicket::for_user(token, purpose, user, CODE_LIFETIME, now);
        let details = Details {
            email: self.email.as_str().to_owned(),
            code: self.code.to_text(),
            old_code: self.old_code.as_ref().map(SentCodes::to_text),
        };
        let details = serde_json::to_vec(&details).expect("text can be serialized");
        NewTicket { details: sealer.seal(ticket.hash.as_str(), &details), ..ticket }
    }

    /// `None` when the master secret has been replaced since.
    pub fn open(ticket: &Ticket, sealer: &Sealer) -> Option<Self> {
        let details = sealer.open(ticket.hash.as_str(), &ticket.details)?;
        let Details { email, code, old_code } = serde_json::from_slice(&details).ok()?;
        let old_code = old_code.map(|code| SentCodes::parse(&code));
        Some(Self { email: Email::parse(&email)?, code: SentCodes::parse(&code), old_code })
    }

    pub fn needs_old_code(&self) -> bool {
        self.old_code.is_some()
    }

    /// Whether all required codes are right.
    pub fn matches(
        &self,
        codes: &MailCodes,
        ticket: &CredentialHash,
        (code, old_code): (&Code, Option<&Code>),
        now: Moment,
    ) -> bool {
        let is_new = codes.matches(ticket, code, &self.code, now);
        let is_old = match (&self.old_code, old_code) {
            (Some(sent), Some(code)) => codes.matches(ticket, code, sent, now),
            (Some(_), None) => false,
            (None, _) => true,
        };
        is_new && is_old
    }
}
