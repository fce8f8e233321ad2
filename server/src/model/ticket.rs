//! Tickets: what a link in a mail is good for, once.

use std::time::Duration;

use crate::{
    clock::Moment,
    model::{
        credential::CredentialHash,
        email::Email,
        user::{User, UserId},
    },
    random,
};

/// The secret of a link: 256 random bits. Has no `Debug`, so that it cannot be logged.
pub struct TicketToken(String);

impl TicketToken {
    pub fn generate() -> Self {
        Self(hex::encode(random::bytes::<32>()))
    }

    /// Rejects text that cannot be a token before it reaches the database.
    pub fn parse(text: &str) -> Option<Self> {
        let is_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (text.len() == 64 && is_hex).then(|| Self(text.to_owned()))
    }

    pub fn hash(&self) -> CredentialHash {
        CredentialHash::from_secret(&self.0)
    }

    /// The secret, only to be written into a link.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// What a ticket is good for. It is nothing for any other purpose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TicketPurpose {
    /// Sets a new password.
    Reset,
    /// Reports that a notice concerns a stranger.
    NotMe,
    /// Changes the email to a new address.
    EmailChange,
    /// Proves the email of an account from when that was not required.
    EmailVerification,
    /// Restores the email from before a change.
    EmailUndo,
    /// Creates an account.
    Invitation,
    /// Cancels the deletion of an account.
    DeletionUndo,
    /// Stops the removal of all second factors.
    FactorResetUndo,
}

impl TicketPurpose {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::NotMe => "not-me",
            Self::EmailChange => "email-change",
            Self::EmailVerification => "email-verification",
            Self::EmailUndo => "email-undo",
            Self::Invitation => "invitation",
            Self::DeletionUndo => "deletion-undo",
            Self::FactorResetUndo => "factor-reset-undo",
        }
    }
}

/// A ticket to be stored.
#[derive(Clone, Debug)]
pub struct NewTicket {
    pub hash: CredentialHash,
    pub purpose: TicketPurpose,
    /// Of several tickets of a user in one slot, the newest is valid.
    pub slot: String,
    /// None for an unknown address: the same row is written, which opens nothing.
    pub user_id: Option<UserId>,
    pub email: Email,
    pub password_version: i64,
    pub factors_version: i64,
    /// Encrypted.
    pub details: String,
    pub created_at: Moment,
    pub expires_at: Moment,
}

impl NewTicket {
    /// A ticket in the slot of its purpose, void after a change of the user's password or email.
    pub fn for_user(token: &TicketToken, purpose: TicketPurpose, user: &User, lifetime: Duration, now: Moment) -> Self {
        Self {
            hash: token.hash(),
            purpose,
            slot: purpose.name().to_owned(),
            user_id: Some(user.id.clone()),
            email: user.email.clone(),
            password_version: user.password_version,
            factors_version: user.factors_version,
            details: String::new(),
            created_at: now,
            expires_at: now.plus(lifetime),
        }
    }
}

/// A valid ticket, as stored.
#[derive(Clone, Debug)]
pub struct Ticket {
    pub hash: CredentialHash,
    pub user_id: Option<UserId>,
    pub email: Email,
    pub password_version: i64,
    pub factors_version: i64,
    pub details: String,
    pub created_at: Moment,
}
