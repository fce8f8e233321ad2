//! Notices: composes the mail with its link "This wasn't me", and reads what the ticket of such a link has.

use std::time::Duration;

use app::Language;
use doorward_api::EventKind;
use serde::{Deserialize, Serialize};

use super::{
    Mailer,
    letters::{self, Cause, PasskeyChange},
};
use crate::{
    clock::Moment,
    keys::sealer::Sealer,
    model::{
        began_with::PasskeyId,
        device::Device,
        notice::{COUNTER_BACK_INTERVAL, NEW_DEVICE_INTERVAL, Notice, SECOND_FACTOR_FAILED_INTERVAL},
        session::SessionId,
        ticket::{NewTicket, Ticket, TicketPurpose, TicketToken},
        user::User,
    },
};

/// How long the link of a notice works: "This wasn't me", and the one that restores the email.
const REPORT_LIFETIME: Duration = Duration::from_hours(7 * 24);

/// Writes notices.
pub struct Notices<'a> {
    pub mailer: &'a Mailer,
    pub sealer: &'a Sealer,
    pub brand: &'a str,
    /// The setting `notices`.
    pub is_on: bool,
}

/// What a notice was about.
pub struct Reported {
    pub kind: EventKind,
    pub device: Device,
    pub at: Moment,
    /// Set for a login: the session that it has started.
    pub session: Option<SessionId>,
    pub passkey: Option<PasskeyId>,
}

/// The details of the ticket, encrypted.
#[derive(Deserialize, Serialize)]
struct Details {
    kind: EventKind,
    browser: String,
    os: String,
    session: Option<String>,
    #[serde(default)]
    passkey: Option<String>,
}

impl Notices<'_> {
    /// `None` if there are no notices, or if the user has not proved the address: a stranger may have typed it. Such a user
    /// sees the event in `/activity`.
    pub fn compose(&self, cause: &Cause<'_>, user: &User, language: Language, now: Moment) -> Option<Notice> {
        let is_on = self.is_on || is_required(cause);
        if !is_on || !self.mailer.is_on() || user.email_verified_at.is_none() {
            return None;
        }
        let (ticket, link) = self.ticket(cause, user, now).unzip();
        let letter = letters::notice(cause, self.brand, link, language, now);
        // Without the ticket: a report is useful after the ticket of another notice has been used.
        let mail = self.mailer.compose(&user.email, Some(&user.id), &letter, None);
        let at_most_once_per = match cause {
            Cause::NewDevice { .. } => Some(NEW_DEVICE_INTERVAL),
            Cause::SecondFactorFailed { .. } => Some(SECOND_FACTOR_FAILED_INTERVAL),
            Cause::Passkey { change: PasskeyChange::CounterBack, .. } => Some(COUNTER_BACK_INTERVAL),
            _ => None,
        };
        Some(Notice { mail, ticket, at_most_once_per })
    }

    fn ticket(&self, cause: &Cause<'_>, user: &User, now: Moment) -> Option<(NewTicket, String)> {
        let (kind, device, session) = match *cause {
            Cause::NewDevice { session, device } => (EventKind::LoggedIn, device, Some(session)),
            Cause::PasswordChanged { device } => (EventKind::PasswordChanged, device, None),
            Cause::ResetDone { device, .. } => (EventKind::ResetDone, device, None),
            Cause::SecondFactorFailed { device } => (EventKind::SecondFactorFailed, device, None),
            Cause::RecoveryCodeUsed { device, .. } => (EventKind::RecoveryCodeUsed, device, None),
            Cause::EmailChangeAsked { device, .. } => (EventKind::EmailChangeAsked, device, None),
            Cause::EmailChanged { device } => (EventKind::EmailChangeDone, device, None),
            Cause::FactorChanged { change, device } => (change.event(), device, None),
            Cause::EmailReplaced { .. } => return Some(self.email_undo(user, now)),
            Cause::Passkey { change, device, .. } => (change.event_kind(), device, None),
            Cause::FactorsReset | Cause::AccountDisabled | Cause::AccountEnabled | Cause::SessionsEnded => return None,
        };
        let token = TicketToken::generate();
        let ticket = NewTicket::for_user(&token, TicketPurpose::NotMe, user, REPORT_LIFETIME, now);
        let details = Details {
            kind,
            browser: device.browser.clone(),
            os: device.os.clone(),
            session: session.map(|session| session.0.clone()),
            passkey: if let Cause::Passkey { passkey, .. } = cause { Some(passkey.0.clone()) } else { None },
        };
        let details = serde_json::to_vec(&details).expect("text can be serialized");
        let ticket = NewTicket {
            // Each cause has a slot: a later one does not make this ticket void.
            slot: format!("not-me:{}", ticket.hash.as_str()),
            details: self.sealer.seal(ticket.hash.as_str(), &details),
            ..ticket
        };
        Some((ticket, self.mailer.link("/not-me", token.reveal())))
    }

    /// Restores the email that the user has now, from before a change.
    fn email_undo(&self, user: &User, now: Moment) -> (NewTicket, String) {
        let token = TicketToken::generate();
        let ticket = NewTicket::for_user(&token, TicketPurpose::EmailUndo, user, REPORT_LIFETIME, now);
        // Each change has a slot: a later one neither replaces nor prolongs this one.
        let ticket = NewTicket { slot: format!("email-undo:{}", ticket.hash.as_str()), ..ticket };
        (ticket, self.mailer.link("/email/undo", token.reveal()))
    }

    /// `None` when the master secret has been replaced since.
    pub fn reported(&self, ticket: &Ticket) -> Option<Reported> {
        let details = self.sealer.open(ticket.hash.as_str(), &ticket.details)?;
        let Details { kind, browser, os, session, passkey } = serde_json::from_slice(&details).ok()?;
        let (session, passkey) = (session.map(SessionId), passkey.map(PasskeyId));
        Some(Reported { kind, device: Device { browser, os }, at: ticket.created_at, session, passkey })
    }
}

/// Whether the mail is part of the change, and not only about it: the setting `notices` does not concern it.
fn is_required(cause: &Cause<'_>) -> bool {
    matches!(cause, Cause::EmailChangeAsked { code: Some(_), .. } | Cause::EmailReplaced { .. })
}
