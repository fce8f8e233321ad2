//! Codes that prove an unproved address. Whether an account has the address is visible in that mailbox alone.

use std::net::IpAddr;

use app::Language;

use crate::{
    clock::Moment,
    http::error::Error,
    login::mail_codes::MailCodes,
    mail::letters::{self, Letter},
    model::{
        credential::CredentialHash,
        email::Email,
        mail::OutgoingMail,
        registration::{Code, SentCode},
    },
    state::AppState,
};

/// A code for the ticket, as it is stored, and its mail: `letter` to a free address, a notice to the owner of an account. A mail
/// too many is written like the others, and never sent.
pub async fn mail_code(
    app: &AppState,
    (email, ticket): (&Email, &CredentialHash),
    letter: impl FnOnce(&Code) -> Letter,
    (ip, language, now): (IpAddr, Language, Moment),
) -> Result<(SentCode, OutgoingMail), Error> {
    let owner = app.store.user_by_email(email).await?;
    let may_mail = app.limiter.may_mail(email, ip).await?
        && (app.limiter.may_notify_of_registration(email, owner.is_some()).await? || owner.is_none());
    let code = Code::generate();
    let letter = letter(&code);
    Ok(match owner {
        None if may_mail => {
            let sent = app.mail_codes.issue(ticket, &code, now);
            (sent, app.mailer.compose(email, None, &letter, Some(ticket)))
        }
        Some(owner) if may_mail && owner.disabled_at.is_none() => {
            let notice = letters::registration::attempt(&app.public_url, now, language);
            (MailCodes::issue_none(now), app.mailer.compose(email, Some(&owner.id), &notice, None))
        }
        _ => (MailCodes::issue_none(now), app.mailer.compose_decoy(email, &letter, Some(ticket))),
    })
}
