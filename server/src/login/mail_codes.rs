//! The codes that prove an address: the database has their MACs only. 8 digits can be found from a hash by trying all, but not
//! from a MAC without its key.

use aws_lc_rs::hmac;

use crate::{
    clock::Moment,
    keys::master_secret::MasterSecret,
    model::{
        credential::CredentialHash,
        registration::{CODE_LIFETIME, Code, SentCode, SentCodes},
    },
    random,
};

pub struct MailCodes(hmac::Key);

impl MailCodes {
    pub fn new(secret: &MasterSecret) -> Self {
        // A code that was sent before an upgrade stays valid only with the key it was made with.
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.derive("registration codes").as_ref()))
    }

    /// A code for the ticket, as it is stored. It is worth nothing with another ticket.
    pub fn issue(&self, ticket: &CredentialHash, code: &Code, now: Moment) -> SentCode {
        let mac = hex::encode(hmac::sign(&self.0, &message(ticket, code)));
        SentCode { mac, expires_at: now.plus(CODE_LIFETIME) }
    }

    /// Stored in place of a code that is not sent: no code matches it.
    pub fn issue_none(now: Moment) -> SentCode {
        SentCode { mac: hex::encode(random::bytes::<32>()), expires_at: now.plus(CODE_LIFETIME) }
    }

    pub fn matches(&self, ticket: &CredentialHash, code: &Code, sent: &SentCodes, now: Moment) -> bool {
        let message = message(ticket, code);
        let is_this =
            |sent: &SentCode| hex::decode(&sent.mac).is_ok_and(|mac| hmac::verify(&self.0, &message, &mac).is_ok());
        sent.valid(now).filter(|sent| is_this(sent)).count() > 0
    }
}

fn message(ticket: &CredentialHash, code: &Code) -> Vec<u8> {
    format!("{}\0{}", ticket.as_str(), code.reveal()).into_bytes()
}
