//! Invites users: one path for the API and the command line. An account is created when its owner accepts.

use app::Language;
use serde::{Deserialize, Serialize};

use crate::{
    clock::Moment,
    keys::sealer::Sealer,
    mail::{Mailer, letters},
    model::{
        email::Email,
        registration::{INVITATION_LIFETIME, Invitation},
        ticket::{NewTicket, TicketPurpose, TicketToken},
    },
    store::Store,
};

/// What an invitation is for.
#[derive(Deserialize, Serialize)]
pub struct InvitationDetails {
    /// A proposal.
    pub name: Option<String>,
    pub roles: Vec<String>,
}

impl InvitationDetails {
    /// `None` when the master secret has been replaced since.
    pub fn open(sealer: &Sealer, token: &TicketToken, invitation: &Invitation) -> Option<Self> {
        serde_json::from_slice(&sealer.open(token.hash().as_str(), &invitation.details)?).ok()
    }
}

/// Why an invitation was refused.
#[derive(Debug)]
pub enum InvitationError {
    EmailTaken,
    Unavailable(sqlx::Error),
}

impl From<sqlx::Error> for InvitationError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(error)
    }
}

pub struct Invited {
    /// Only to be shown to the operator, where no mail is sent.
    pub link: String,
    pub expires_at: Moment,
}

/// Sends an invitation, which replaces an earlier one. Without mail, the caller passes on the link.
pub async fn invite(
    (store, mailer, sealer): (&Store, &Mailer, &Sealer),
    email: &Email,
    details: &InvitationDetails,
    language: Language,
    now: Moment,
) -> Result<Invited, InvitationError> {
    if store.user_by_email(email).await?.is_some() {
        return Err(InvitationError::EmailTaken);
    }
    let token = TicketToken::generate();
    let hash = token.hash();
    let ticket = NewTicket {
        purpose: TicketPurpose::Invitation,
        slot: TicketPurpose::Invitation.name().to_owned(),
        user_id: None,
        email: email.clone(),
        password_version: 0,
        factors_version: 0,
        details: sealer.seal(hash.as_str(), &serde_json::to_vec(details).expect("text can be serialized")),
        created_at: now,
        expires_at: now.plus(INVITATION_LIFETIME),
        hash,
    };
    let link = mailer.link("/invite", token.reveal());
    let letter = letters::registration::invitation(link.clone(), mailer.origin(), now, language);
    let mails: Vec<_> =
        mailer.is_on().then(|| mailer.compose(email, None, &letter, Some(&ticket.hash))).into_iter().collect();
    store.invite(&ticket, &mails, now).await?;
    Ok(Invited { link, expires_at: ticket.expires_at })
}
