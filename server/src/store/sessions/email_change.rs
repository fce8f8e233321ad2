//! Changes of the email, and their undoing.

use doorward_api::{EndReason, EventKind};
use sqlx::AnyConnection;

use super::{
    deletion, end,
    passkeys::{Stranger, delete_of_stranger},
};
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        credential::CredentialHash,
        email::Email,
        mail::OutgoingMail,
        notice::Notice,
        session::SessionId,
        session_end::EndedSession,
        ticket::{NewTicket, Ticket, TicketPurpose},
        user::{User, UserId},
    },
    store::{
        Store, audit, explain::has_code, invitations, mails, notices, search_terms, tickets, transaction::Transaction,
        users,
    },
};

/// `unique_violation` of Postgres, `SQLITE_CONSTRAINT_UNIQUE`.
const UNIQUE_VIOLATION: [&str; 2] = ["23505", "2067"];

/// A change whose codes were right.
pub struct NewEmail<'a> {
    pub ticket: &'a CredentialHash,
    /// Before the change.
    pub user: &'a User,
    pub email: &'a Email,
    /// To both addresses.
    pub notices: [Option<&'a Notice>; 2],
    pub session: &'a SessionId,
}

pub enum EmailChangeOutcome {
    Done,
    /// It has been used or has become void; or another user has the email now, and the ticket is void for that.
    TicketInvalid,
    /// The session of the request has ended since it was authenticated.
    CallerEnded,
}

pub enum EmailUndoOutcome {
    Done(Vec<EndedSession>),
    TicketInvalid,
    /// Another user has the email now.
    EmailTaken,
}

impl Store {
    /// Writes a request to change the email: its ticket, in the place of an earlier one, the mails and the event. `false` when
    /// the session of the request has ended.
    pub async fn ask_email_change(
        &self,
        ticket: &NewTicket,
        (mail, notice): (&OutgoingMail, Option<&Notice>),
        (user_id, session): (&UserId, &SessionId),
        (actor, now): (&Actor, Moment),
    ) -> Result<bool, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            users::lock(&mut transaction, user_id).await?;
            if !end::is_live(&mut transaction, session, user_id, now).await? {
                transaction.roll_back().await?;
                return Ok(false);
            }
            tickets::replace(&mut transaction, ticket).await?;
            mails::enqueue(&mut transaction, std::slice::from_ref(mail), now).await?;
            notices::add(&mut transaction, notice, now).await?;
            record(&mut transaction, EventKind::EmailChangeAsked, user_id, Some(session), actor, now).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Uses a ticket to change the email. Of any number of concurrent changes to one address, one succeeds.
    pub async fn change_email(
        &self,
        new: &NewEmail<'_>,
        (actor, now): (&Actor, Moment),
    ) -> Result<EmailChangeOutcome, sqlx::Error> {
        let NewEmail { ticket, user, email, notices, session } = new;
        let outcome = self.transaction(|mut transaction| async move {
            users::lock(&mut transaction, &user.id).await?;
            if !end::is_live(&mut transaction, session, &user.id, now).await? {
                transaction.roll_back().await?;
                return Ok(EmailChangeOutcome::CallerEnded);
            }
            // The ticket proves that the user has not changed since it was read.
            if tickets::take(&mut transaction, ticket, TicketPurpose::EmailChange, now).await?.is_none()
                || !set_email(&mut transaction, &user.id, email, now).await?
            {
                transaction.roll_back().await?;
                return Ok(EmailChangeOutcome::TicketInvalid);
            }
            tickets::delete_changes(&mut transaction, &user.id).await?;
            record(&mut transaction, EventKind::EmailChangeDone, &user.id, Some(session), actor, now).await?;
            for notice in notices {
                notices::add(&mut transaction, *notice, now).await?;
            }
            transaction.commit().await?;
            Ok(EmailChangeOutcome::Done)
        });
        let outcome = outcome.await?;
        if let EmailChangeOutcome::TicketInvalid = outcome {
            self.cancel_ticket(ticket).await?;
        }
        Ok(outcome)
    }

    /// Deletes a ticket that is not good for anything any more.
    pub async fn cancel_ticket(&self, ticket: &CredentialHash) -> Result<(), sqlx::Error> {
        self.transaction(|mut transaction| async move {
            sqlx::query("delete from tickets where token_hash = $1").bind(ticket).execute(&mut *transaction).await?;
            transaction.commit().await
        })
        .await
    }

    /// Cancels the request of a user to change the email, if there is one.
    pub async fn cancel_email_change(&self, user_id: &UserId) -> Result<(), sqlx::Error> {
        self.transaction(|mut transaction| async move {
            tickets::delete_email_change(&mut transaction, user_id).await?;
            transaction.commit().await
        })
        .await
    }

    /// Uses the ticket of a notice: restores the email from before the change, ends all sessions, and refuses the password until
    /// it is set anew by mail.
    pub async fn undo_email_change(
        &self,
        ticket: &Ticket,
        (actor, now): (&Actor, Moment),
    ) -> Result<EmailUndoOutcome, sqlx::Error> {
        let Some(user_id) = &ticket.user_id else { return Ok(EmailUndoOutcome::TicketInvalid) };
        self.transaction(|mut transaction| async move {
            users::lock(&mut transaction, user_id).await?;
            if tickets::take(&mut transaction, &ticket.hash, TicketPurpose::EmailUndo, now).await?.is_none() {
                transaction.roll_back().await?;
                return Ok(EmailUndoOutcome::TicketInvalid);
            }
            if !restore_email(&mut transaction, user_id, &ticket.email, ticket.created_at, (actor, now)).await? {
                transaction.roll_back().await?;
                return Ok(EmailUndoOutcome::EmailTaken);
            }
            // Otherwise the thief would have the only link that undoes it.
            deletion::cancel_of_stranger(&mut transaction, user_id, actor, now).await?;
            let reason = |_: &SessionId| Some(EndReason::EmailRestored);
            let ended = end::end_all(&mut transaction, user_id, reason, None, actor, now).await?;
            transaction.commit().await?;
            Ok(EmailUndoOutcome::Done(ended))
        })
        .await
    }
}

/// Restores the email from before a change that was made at `since`, and refuses the password, as part of a transaction. `false`
/// when another user has the email now: then nothing but a roll-back may follow.
pub(super) async fn restore_email(
    transaction: &mut Transaction,
    user_id: &UserId,
    email: &Email,
    since: Moment,
    (actor, now): (&Actor, Moment),
) -> Result<bool, sqlx::Error> {
    if !set_email(transaction, user_id, email, now).await? {
        return Ok(false);
    }
    sqlx::query("update users set password_refused_at = $1 where user_id = $2")
        .bind(now)
        .bind(user_id)
        .execute(&mut **transaction)
        .await?;
    tickets::delete_after_restore(transaction, user_id, email, since).await?;
    let stranger = Stranger { since, session: None, passkey: None };
    delete_of_stranger(transaction, user_id, &stranger, (actor, now)).await?;
    record(transaction, EventKind::EmailChangeUndone, user_id, None, actor, now).await?;
    Ok(true)
}

/// Changes the email to a proved address, as part of a transaction that has locked the user's row. `false` when another user has
/// it: then nothing but a roll-back may follow. Tickets from before are void.
async fn set_email(
    connection: &mut AnyConnection,
    user_id: &UserId,
    email: &Email,
    now: Moment,
) -> Result<bool, sqlx::Error> {
    let name: Result<Option<String>, _> = sqlx::query_scalar(
        "update users set email = $1, email_verified_at = $2, factors_version = factors_version + 1 where user_id = $3 \
         and not exists (select 1 from users other where other.email = $1 and other.user_id <> $3) returning name",
    )
    .bind(email)
    .bind(now)
    .bind(user_id)
    .fetch_optional(&mut *connection)
    .await;
    let name = match name {
        Ok(Some(name)) => name,
        Ok(None) => return Ok(false),
        // Another transaction has given it to another user at the same time.
        Err(error) if has_code(&error, &UNIQUE_VIOLATION) => return Ok(false),
        Err(error) => return Err(error),
    };
    search_terms::replace(connection, user_id, &name, email).await?;
    // They would be for an account that exists.
    invitations::delete(connection, email).await?;
    Ok(true)
}

/// Whether a user has the email.
pub(super) async fn is_email_taken(connection: &mut AnyConnection, email: &Email) -> Result<bool, sqlx::Error> {
    let owner: Option<UserId> =
        sqlx::query_scalar("select user_id from users where email = $1").bind(email).fetch_optional(connection).await?;
    Ok(owner.is_some())
}

async fn record(
    transaction: &mut Transaction,
    kind: EventKind,
    user_id: &UserId,
    session_id: Option<&SessionId>,
    actor: &Actor,
    now: Moment,
) -> Result<(), sqlx::Error> {
    let event = AuditEvent { kind, user_id: Some(user_id), session_id, reason: None, actor };
    audit::record(transaction, &event, now).await
}
