//! Proofs of emails that accounts have already.

use doorward_api::EventKind;
use sqlx::AnyConnection;

use super::end;
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        credential::CredentialHash,
        mail::OutgoingMail,
        session::SessionId,
        ticket::{NewTicket, TicketPurpose},
        user::UserId,
    },
    store::{Store, audit, mails, tickets, users},
};

pub enum EmailVerificationOutcome {
    Done,
    /// It has been used or has become void.
    TicketInvalid,
    /// The session of the request has ended since it was authenticated.
    CallerEnded,
}

impl Store {
    /// Writes a request to prove the email: its ticket, in the place of an earlier one, and the mail. `false` when the session
    /// of the request has ended.
    pub async fn ask_email_verification(
        &self,
        ticket: &NewTicket,
        mail: &OutgoingMail,
        (user_id, session): (&UserId, &SessionId),
        now: Moment,
    ) -> Result<bool, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            users::lock(&mut transaction, user_id).await?;
            if !end::is_live(&mut transaction, session, user_id, now).await? {
                transaction.roll_back().await?;
                return Ok(false);
            }
            tickets::replace(&mut transaction, ticket).await?;
            mails::enqueue(&mut transaction, std::slice::from_ref(mail), now).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Uses a ticket whose code was right.
    pub async fn verify_email_with_code(
        &self,
        ticket: &CredentialHash,
        (user_id, session): (&UserId, &SessionId),
        (actor, now): (&Actor, Moment),
    ) -> Result<EmailVerificationOutcome, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            users::lock(&mut transaction, user_id).await?;
            if !end::is_live(&mut transaction, session, user_id, now).await? {
                transaction.roll_back().await?;
                return Ok(EmailVerificationOutcome::CallerEnded);
            }
            // The ticket proves that the email has not changed since.
            if tickets::take(&mut transaction, ticket, TicketPurpose::EmailVerification, now).await?.is_none() {
                transaction.roll_back().await?;
                return Ok(EmailVerificationOutcome::TicketInvalid);
            }
            // Not if the operator or a reset has proved it meanwhile.
            if set_verified(&mut transaction, user_id, now).await? {
                let (kind, user_id, session_id) = (EventKind::EmailVerified, Some(user_id), Some(session));
                let event = AuditEvent { kind, user_id, session_id, reason: None, actor };
                audit::record(&mut transaction, &event, now).await?;
            }
            transaction.commit().await?;
            Ok(EmailVerificationOutcome::Done)
        })
        .await
    }

    /// Records that the email has been proved to be the user's, on the word of the operator. `false` if it was before.
    pub async fn verify_email(&self, user_id: &UserId, now: Moment) -> Result<bool, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            if !set_verified(&mut transaction, user_id, now).await? {
                transaction.roll_back().await?;
                return Ok(false);
            }
            users::record(&mut transaction, EventKind::EmailVerified, user_id, &Actor::Operator, now).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }
}

/// `false` if it was before.
async fn set_verified(connection: &mut AnyConnection, user_id: &UserId, now: Moment) -> Result<bool, sqlx::Error> {
    let verified =
        sqlx::query("update users set email_verified_at = $1 where user_id = $2 and email_verified_at is null")
            .bind(now)
            .bind(user_id)
            .execute(connection)
            .await?;
    Ok(verified.rows_affected() == 1)
}
