//! Mail: what is written into the outbox, and how it leaves. `letters/` has the texts, one file per subject.

pub mod folder;
pub mod letters;
pub mod message;
pub mod notices;
pub mod reset_link;
pub mod send_error;
pub mod sender;
pub mod smtp;
pub mod stored_mail;
pub mod transport;

use serde::{Deserialize, Serialize};

use self::letters::Letter;
use crate::{
    keys::{master_secret::MasterSecret, sealer::Sealer},
    model::{
        credential::CredentialHash,
        email::Email,
        mail::{MailId, OutgoingMail},
        user::UserId,
    },
};

/// A mail as it is sent.
#[derive(Deserialize, Serialize)]
pub struct MailContent {
    /// The address, in the form that mail servers take.
    pub to: String,
    pub subject: String,
    pub text: String,
    /// Written like the others, and never sent: an unknown address costs what a known one costs.
    pub is_decoy: bool,
}

/// Writes mails for the outbox.
pub struct Mailer {
    sealer: Sealer,
    /// The origin of every link.
    public_url: String,
    is_on: bool,
}

impl Mailer {
    pub fn new(secret: &MasterSecret, public_url: &str, is_on: bool) -> Self {
        Self { sealer: Sealer::new(secret, "mail"), public_url: public_url.to_owned(), is_on }
    }

    /// Whether mails can be sent at all.
    pub fn is_on(&self) -> bool {
        self.is_on
    }

    /// The URL of a page that takes a token in its query.
    pub fn link(&self, path: &str, token: &str) -> String {
        format!("{}{path}?token={token}", self.public_url)
    }

    pub fn compose(
        &self,
        to: &Email,
        user_id: Option<&UserId>,
        letter: &Letter,
        ticket: Option<&CredentialHash>,
    ) -> OutgoingMail {
        self.seal(to, user_id, letter, ticket, false)
    }

    /// A mail that is never sent, for an address that must not get one.
    pub fn compose_decoy(&self, to: &Email, letter: &Letter, ticket: Option<&CredentialHash>) -> OutgoingMail {
        self.seal(to, None, letter, ticket, true)
    }

    fn seal(
        &self,
        to: &Email,
        user_id: Option<&UserId>,
        letter: &Letter,
        ticket: Option<&CredentialHash>,
        is_decoy: bool,
    ) -> OutgoingMail {
        let id = MailId::generate();
        let (subject, text) = (letter.subject.clone(), letter.text(&self.public_url));
        let content = MailContent { to: to.as_str().to_owned(), subject, text, is_decoy };
        let content = serde_json::to_vec(&content).expect("text can be serialized");
        OutgoingMail {
            sealed: self.sealer.seal(&id.0, &content),
            id,
            user_id: user_id.cloned(),
            purpose: letter.purpose,
            ticket: ticket.cloned(),
        }
    }

    /// `None` when the master secret has been replaced since.
    pub fn open(&self, id: &MailId, sealed: &str) -> Option<MailContent> {
        serde_json::from_slice(&self.sealer.open(&id.0, sealed)?).ok()
    }
}
