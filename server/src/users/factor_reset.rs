//! Removes all second factors of users who have lost them: asked for by an administrator or the operator, done after
//! `factor_reset_delay`, unless the user stops it. A thief who talks an administrator into it has to keep the user from reading
//! mail for that time.

use std::time::Duration;

use app::Language;

use crate::{
    clock::Moment,
    mail::{
        Mailer,
        letters::{self, Cause},
        notices::Notices,
    },
    model::{
        mail::OutgoingMail,
        session_end::EndedSession,
        ticket::{NewTicket, TicketPurpose, TicketToken},
        user::User,
    },
    store::{NewFactorReset, Store},
};

/// The page of the link that stops it.
pub const UNDO_PATH: &str = "/factor-reset/undo";

/// A removal after `delay`. The mail is written even if `notices` is off, because the user needs its link.
pub fn new(
    notices: Option<&Notices<'_>>,
    user: &User,
    delay: Duration,
    language: Language,
    now: Moment,
) -> NewFactorReset {
    let effective_at = now.plus(delay);
    if delay.is_zero() {
        let notice = notices.and_then(|notices| notices.compose(&Cause::FactorsReset, user, language, now));
        return NewFactorReset { effective_at, mail: None, notice };
    }
    let mail = notices.filter(|notices| notices.mailer.is_on() && user.email_verified_at.is_some()).map(|notices| {
        let token = TicketToken::generate();
        let ticket = NewTicket::for_user(&token, TicketPurpose::FactorResetUndo, user, delay, now);
        let mail = mail(notices.mailer, notices.brand, user, (&token, &ticket), (effective_at, language, now));
        (mail, ticket)
    });
    NewFactorReset { effective_at, mail, notice: None }
}

fn mail(
    mailer: &Mailer,
    brand: &str,
    user: &User,
    (token, ticket): (&TicketToken, &NewTicket),
    (effective_at, language, now): (Moment, Language, Moment),
) -> OutgoingMail {
    let link = mailer.link(UNDO_PATH, token.reveal());
    let letter = letters::factor_reset_asked(brand, link, effective_at, language, now);
    mailer.compose(&user.email, Some(&user.id), &letter, Some(&ticket.hash))
}

/// Removes the second factors of up to 100 users for whom that is due. Returns the sessions that have ended; none when nothing
/// was due.
pub async fn reset_due(
    store: &Store,
    notices: &Notices<'_>,
    language: Language,
    now: Moment,
) -> Result<Option<Vec<EndedSession>>, sqlx::Error> {
    let due = store.due_factor_resets(now).await?;
    if due.is_empty() {
        return Ok(None);
    }
    let mut all = Vec::new();
    for id in due {
        let Some(user) = store.user(&id).await? else { continue };
        let notice = notices.compose(&Cause::FactorsReset, &user, language, now);
        if let Some(ended) = store.reset_due_factors(&id, notice.as_ref(), now).await? {
            tracing::info!(user = %id, sessions = ended.len(), "second factors of a user removed");
            all.extend(ended);
        }
    }
    Ok(Some(all))
}
