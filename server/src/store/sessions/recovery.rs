//! Recovery of accounts: passwords set anew by mail, and reports of strangers.

use doorward_api::{EndReason, EventKind};
use sqlx::AnyConnection;

use super::{
    administration::{may_act, user},
    deletion,
    email_change::{is_email_taken, restore_email},
    end, factor_removal,
    passkeys::{Stranger, began_with, delete_of_stranger},
};
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        began_with::PasskeyId,
        credential::CredentialHash,
        mail::OutgoingMail,
        notice::{NEW_DEVICE_INTERVAL, Notice},
        password::PasswordHash,
        rate_limit::RateLimitKey,
        second_factor::FactorUse,
        session::SessionId,
        session_end::EndedSession,
        ticket::{NewTicket, Ticket, TicketPurpose},
        user::{User, UserId},
    },
    store::{Store, attempts, audit, mails, notices, second_factors, tickets, transaction::Transaction, users},
};

/// A new password that is set with a link.
pub struct NewPassword<'a> {
    /// As read before.
    pub user: &'a User,
    pub ticket: &'a CredentialHash,
    pub hash: &'a PasswordHash,
    /// Set where the link has proved the email.
    pub verified_at: Option<Moment>,
    /// The second factor of an account that requires one, to be used up.
    pub factor: Option<&'a FactorUse>,
    /// The limits that a success makes full again.
    pub limits: &'a [RateLimitKey],
    pub notice: Option<&'a Notice>,
}

/// The outcome of a reset whose ticket and factor were valid when they were checked.
pub enum ResetOutcome {
    /// With the sessions that it has ended.
    Done(Vec<EndedSession>),
    TicketInvalid,
    /// Another request has used the factor.
    FactorUsed,
}

impl Store {
    /// Writes a link to set a new password: its ticket, in the place of an older one, its mail and the event. The same
    /// statements without a user, for an address that must not get one. `mail` is none for a link that the operator prints.
    /// `false` when the session of an administrator, the actor, has ended.
    pub async fn ask_reset(
        &self,
        ticket: &NewTicket,
        mail: Option<&OutgoingMail>,
        actor: &Actor,
        now: Moment,
    ) -> Result<bool, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            tickets::replace(&mut transaction, ticket).await?;
            if !may_act(&mut transaction, actor, now).await? {
                transaction.roll_back().await?;
                return Ok(false);
            }
            mails::enqueue(&mut transaction, mail.map_or(&[], std::slice::from_ref), now).await?;
            let event = AuditEvent {
                kind: EventKind::ResetAsked,
                user_id: ticket.user_id.as_ref(),
                session_id: None,
                reason: None,
                actor,
            };
            audit::record(&mut transaction, &event, now).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Uses a ticket to set a new password, which ends all sessions and verifies the email if `verified_at` is set. Of any number
    /// of concurrent uses, one succeeds.
    pub async fn reset_password(
        &self,
        reset: &NewPassword<'_>,
        (actor, now): (&Actor, Moment),
    ) -> Result<ResetOutcome, sqlx::Error> {
        let NewPassword { user, ticket, hash: new, verified_at, factor, limits, notice } = *reset;
        self.transaction(|mut transaction| async move {
            // The user first, as everywhere: transactions that lock in different orders would deadlock. The ticket is void after a
            // change of the factors.
            if !users::lock(&mut transaction, &user.id).await?
                || tickets::take(&mut transaction, ticket, TicketPurpose::Reset, now).await?.is_none()
            {
                transaction.roll_back().await?;
                return Ok(ResetOutcome::TicketInvalid);
            }
            if let Some(factor) = factor
                && !second_factors::use_up(&mut transaction, &user.id, factor, (actor, now)).await?
            {
                transaction.roll_back().await?;
                return Ok(ResetOutcome::FactorUsed);
            }
            attempts::clear(&mut transaction, limits).await?;
            sqlx::query(
                "update users set password_hash = $1, password_version = password_version + 1, password_changed_at = $2, \
                     password_refused_at = null, must_change_password = 0, email_verified_at = coalesce(email_verified_at, $3) where user_id = $4",
            )
            .bind(new)
            .bind(now)
            .bind(verified_at)
            .bind(&user.id)
            .execute(&mut *transaction)
            .await?;
            tickets::delete_changes(&mut transaction, &user.id).await?;
            // Guesses of the old password.
            attempts::clear(&mut transaction, &[RateLimitKey::account(&user.email)]).await?;
            users::record(&mut transaction, EventKind::ResetDone, &user.id, actor, now).await?;
            let reason = |_: &SessionId| Some(EndReason::PasswordChanged);
            let ended = end::end_all(&mut transaction, &user.id, reason, None, actor, now).await?;
            notices::add(&mut transaction, notice, now).await?;
            transaction.commit().await?;
            Ok(ResetOutcome::Done(ended))
        })
        .await
    }

    /// Uses the ticket of a notice: ends the reported session or, without one, all sessions, removes the passkeys that the stranger
    /// has and the authenticator app that the notice was about, and refuses the password until it is set anew by mail. Also cancels a
    /// deletion, which a stranger may have asked for. `None` when the ticket is not valid any more.
    pub async fn report_not_me(
        &self,
        ticket: &Ticket,
        (kind, session, passkey): (EventKind, Option<&SessionId>, Option<&PasskeyId>),
        (actor, now): (&Actor, Moment),
    ) -> Result<Option<Vec<EndedSession>>, sqlx::Error> {
        let Some(user_id) = &ticket.user_id else { return Ok(None) };
        self.transaction(|mut transaction| async move {
            let refused = sqlx::query("update users set password_refused_at = $1 where user_id = $2")
                .bind(now)
                .bind(user_id)
                .execute(&mut *transaction)
                .await?;
            if refused.rows_affected() == 0
                || tickets::take(&mut transaction, &ticket.hash, TicketPurpose::NotMe, now).await?.is_none()
            {
                transaction.roll_back().await?;
                return Ok(None);
            }
            tickets::delete_changes(&mut transaction, user_id).await?;
            let is_restored = restore_reporter(&mut transaction, ticket, user_id, (actor, now)).await?;
            deletion::cancel_of_stranger(&mut transaction, user_id, actor, now).await?;
            if kind == EventKind::TotpOn {
                factor_removal::remove_totp_of_stranger(&mut transaction, user_id, ticket.created_at, (actor, now))
                    .await?;
            }
            let stranger = Stranger { since: ticket.created_at, session, passkey };
            let passkeys = delete_of_stranger(&mut transaction, user_id, &stranger, (actor, now)).await?;
            let event = AuditEvent {
                kind: EventKind::ReportedNotMe,
                user_id: Some(user_id),
                session_id: session,
                reason: None,
                actor,
            };
            audit::record(&mut transaction, &event, now).await?;

            let reported = match session {
                // A password change continues the session under another id.
                Some(session) if !is_restored && is_password_of(&mut transaction, ticket, user_id).await? => {
                    let mut reported = reported_sessions(&mut transaction, user_id, session, ticket.created_at).await?;
                    for passkey in &passkeys {
                        reported.extend(began_with(&mut transaction, user_id, passkey).await?);
                    }
                    Some(reported)
                }
                _ => None,
            };
            let reason = |id: &SessionId| {
                let is_reported = reported.as_ref().is_none_or(|reported| reported.contains(id));
                is_reported.then_some(EndReason::NotMe)
            };
            let ended = end::end_all(&mut transaction, user_id, reason, None, actor, now).await?;
            transaction.commit().await?;
            Ok(Some(ended))
        })
        .await
    }
}

/// Restores the email to which the notice was sent, if it was changed since and the change can be undone: a new password is set
/// by mail, which must not go to a stranger.
async fn restore_reporter(
    transaction: &mut Transaction,
    ticket: &Ticket,
    user_id: &UserId,
    by: (&Actor, Moment),
) -> Result<bool, sqlx::Error> {
    let is_changed = user(transaction, user_id).await?.is_some_and(|user| user.email != ticket.email);
    let since = tickets::email_undo_since(transaction, user_id, &ticket.email, by.1).await?;
    match since.filter(|_| is_changed) {
        Some(since) if !is_email_taken(transaction, &ticket.email).await? => {
            restore_email(transaction, user_id, &ticket.email, since, by).await
        }
        _ => Ok(false),
    }
}

/// Whether the password is the one from when the ticket was written.
async fn is_password_of(
    connection: &mut AnyConnection,
    ticket: &Ticket,
    user_id: &UserId,
) -> Result<bool, sqlx::Error> {
    let user = user(connection, user_id).await?;
    Ok(user.is_some_and(|user| user.password_version == ticket.password_version))
}

/// The reported session, and those that began so shortly after it that there was no mail about them.
async fn reported_sessions(
    connection: &mut AnyConnection,
    user_id: &UserId,
    session: &SessionId,
    since: Moment,
) -> Result<Vec<SessionId>, sqlx::Error> {
    sqlx::query_scalar(
        "select session_id from sessions \
         where user_id = $1 and ended_at is null and (session_id = $2 or (created_at >= $3 and created_at <= $4))",
    )
    .bind(user_id)
    .bind(session)
    .bind(since)
    .bind(since.plus(NEW_DEVICE_INTERVAL))
    .fetch_all(connection)
    .await
}
