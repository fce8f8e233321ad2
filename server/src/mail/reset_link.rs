//! Links to set a new password.

use std::time::Duration;

use app::Language;

use super::{Mailer, letters};
use crate::{
    clock::Moment,
    model::{
        email::Email,
        mail::OutgoingMail,
        ticket::{NewTicket, TicketPurpose, TicketToken},
        user::User,
    },
};

/// In the details of the ticket of a link that the operator has printed: it proves no address.
const PRINTED: &str = "printed";

/// A link to set a new password, to be written into the database.
pub struct ResetLink {
    pub ticket: NewTicket,
    pub mail: OutgoingMail,
}

impl Mailer {
    /// A link in a mail. Without a user, the same for an address that must not get one: the ticket opens nothing, and the
    /// mail is never sent.
    pub fn reset_link(
        &self,
        brand: &str,
        to: &Email,
        user: Option<&User>,
        (lifetime, language, now): (Duration, Language, Moment),
    ) -> ResetLink {
        let token = TicketToken::generate();
        let ticket = match user {
            Some(user) => NewTicket::for_user(&token, TicketPurpose::Reset, user, lifetime, now),
            None => NewTicket {
                hash: token.hash(),
                purpose: TicketPurpose::Reset,
                slot: TicketPurpose::Reset.name().to_owned(),
                user_id: None,
                email: to.clone(),
                password_version: 0,
                factors_version: 0,
                details: String::new(),
                created_at: now,
                expires_at: now.plus(lifetime),
            },
        };
        let letter = letters::reset(brand, self.link("/reset", token.reveal()), lifetime, language, now);
        let mail = match user {
            Some(user) => self.compose(to, Some(&user.id), &letter, Some(&ticket.hash)),
            None => self.compose_decoy(to, &letter, Some(&ticket.hash)),
        };
        ResetLink { ticket, mail }
    }
}

/// A link for the operator to pass on, and its ticket.
pub fn printed_link(public_url: &str, user: &User, lifetime: Duration, now: Moment) -> (NewTicket, String) {
    let token = TicketToken::generate();
    let ticket = NewTicket::for_user(&token, TicketPurpose::Reset, user, lifetime, now);
    let link = format!("{public_url}/reset?token={}", token.reveal());
    (NewTicket { details: PRINTED.to_owned(), ..ticket }, link)
}

/// Whether a link with these details has come by mail, which proves the address.
pub fn is_mailed(details: &str) -> bool {
    details != PRINTED
}
