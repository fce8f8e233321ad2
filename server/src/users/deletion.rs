//! Deletes accounts: asked for by their users or by the operator, final after the grace period.

use std::time::Duration;

use app::Language;

use super::administration::{AdministrationError, Change};
use crate::{
    clock::Moment,
    mail::{Mailer, letters},
    model::{
        audit::Actor,
        session::SessionId,
        ticket::{NewTicket, TicketPurpose, TicketToken},
        user::{User, UserId},
    },
    revocation::set::LOAD_WINDOW,
    store::{NewDeletion, Store},
};

/// The page of the link that undoes a deletion.
pub const UNDO_PATH: &str = "/deletion/undo";

/// How a deletion is written to its user.
pub struct DeletionMail<'a> {
    pub mailer: &'a Mailer,
    pub brand: &'a str,
    pub language: Language,
}

/// A deletion that the user has asked for: with a link that undoes it, where there is mail.
pub fn by_user(mail: &DeletionMail<'_>, user: &User, grace: Duration, now: Moment) -> NewDeletion {
    let delete_at = now.plus(grace);
    if !mail.mailer.is_on() {
        return NewDeletion { delete_at, mail: None, ticket: None };
    }
    if grace.is_zero() {
        return final_deletion(mail, user, delete_at, now);
    }
    let token = TicketToken::generate();
    let ticket = NewTicket::for_user(&token, TicketPurpose::DeletionUndo, user, grace, now);
    let link = mail.mailer.link(UNDO_PATH, token.reveal());
    let letter = letters::deletion_asked(mail.brand, link, delete_at, mail.language, now);
    let mail = mail.mailer.compose(&user.email, Some(&user.id), &letter, Some(&ticket.hash));
    NewDeletion { delete_at, mail: Some(mail), ticket: Some(ticket) }
}

/// A deletion that the operator has decided: the operator alone undoes it.
pub fn by_operator(mail: Option<&DeletionMail<'_>>, user: &User, grace: Duration, now: Moment) -> NewDeletion {
    let delete_at = now.plus(grace);
    let Some(mail) = mail else { return NewDeletion { delete_at, mail: None, ticket: None } };
    if grace.is_zero() {
        return final_deletion(mail, user, delete_at, now);
    }
    let letter = letters::deletion_decided(mail.brand, delete_at, mail.language, now);
    let mail = mail.mailer.compose(&user.email, Some(&user.id), &letter, None);
    NewDeletion { delete_at, mail: Some(mail), ticket: None }
}

/// The mail belongs to no user: theirs are deleted with them.
fn final_deletion(mail: &DeletionMail<'_>, user: &User, delete_at: Moment, now: Moment) -> NewDeletion {
    let letter = letters::deletion_done(mail.brand, mail.language, now);
    NewDeletion { delete_at, mail: Some(mail.mailer.compose(&user.email, None, &letter, None)), ticket: None }
}

/// Writes a deletion. `by` is the session of the user that asks for it.
pub async fn ask(
    store: &Store,
    id: &UserId,
    deletion: &NewDeletion,
    by: Option<&SessionId>,
    (actor, now): (&Actor, Moment),
) -> Result<Change, AdministrationError> {
    super::administration::outcome(
        store.ask_deletion(id, deletion, by, actor, now).await?,
        "deletion of a user asked for",
        id,
        actor,
    )
}

/// Deletes a batch of what is due. `false` when nothing is: then everything that was due is gone.
///
/// The rows of ended sessions stay for as long as nodes read them to reject access tokens, and with them, without name and
/// address, the row of the user.
pub async fn delete_due(store: &Store, now: Moment) -> Result<bool, sqlx::Error> {
    if store.release_deleted(now).await? > 0 {
        return Ok(true);
    }
    let Some((id, stand_in)) = store.removable_user(now.minus(LOAD_WINDOW)).await? else { return Ok(false) };
    if store.disown_events(&id, &stand_in).await? == 0 && store.delete_sessions_of(&id).await? == 0 {
        store.remove_user(&id, &stand_in, now).await?;
        tracing::info!(stand_in = %stand_in, "user deleted");
    }
    Ok(true)
}
