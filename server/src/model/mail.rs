//! Mails as the outbox stores them.

use crate::{
    model::{credential::CredentialHash, user::UserId},
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
