//! The removal of all second factors of a user, on the word of an administrator or the operator: asked for, stopped by the user,
//! and done when it is due.

use doorward_api::{EndReason, EventKind};
use sqlx::AnyConnection;

use super::{administration::may_act, end};
use crate::{
    clock::Moment,
    model::{
        audit::Actor,
        credential::CredentialHash,
        mail::OutgoingMail,
        notice::Notice,
        session::SessionId,
        session_end::EndedSession,
        ticket::{NewTicket, TicketPurpose},
        user::UserId,
    },
    store::{Store, mails, notices, tickets, transaction::Transaction, users},
};

/// A removal of all second factors to be written.
#[derive(Clone, Debug)]
pub struct NewFactorReset {
    /// A moment that is not in the future leaves nothing to stop.
    pub effective_at: Moment,
    /// Says so to the user, with a link that stops it. None where there is no mail.
    pub mail: Option<(OutgoingMail, NewTicket)>,
    /// To the user once it is done, if it is done at once.
    pub notice: Option<Notice>,
}

/// The outcome of a request to remove all second factors.
pub enum FactorResetOutcome {
    /// They are removed then, or have been removed. With the sessions that have ended.
    Asked { effective_at: Moment, ended: Vec<EndedSession> },
    /// There is no such user, or none with a second factor.
    NothingToReset,
    /// The administrator's own session has ended since the request was authenticated.
    CallerEnded,
}

impl Store {
    /// Asks for the removal of all second factors of a user. One that is pending already and is due earlier stays as it is.
    pub async fn ask_factor_reset(
        &self,
        id: &UserId,
        reset: &NewFactorReset,
        actor: &Actor,
        now: Moment,
    ) -> Result<FactorResetOutcome, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let asked = sqlx::query(
                "update users set factors_reset_at = $1 \
                 where user_id = $2 and stand_in is null and (factors_reset_at is null or factors_reset_at > $1)",
            )
            .bind(reset.effective_at)
            .bind(id)
            .execute(&mut *transaction)
            .await?;
            let refusal = if !may_act(&mut transaction, actor, now).await? {
                Some(FactorResetOutcome::CallerEnded)
            } else if !has_second_factor(&mut transaction, id).await? {
                Some(FactorResetOutcome::NothingToReset)
            } else if asked.rows_affected() == 0 {
                let pending = pending(&mut transaction, id).await?;
                Some(pending.map_or(FactorResetOutcome::NothingToReset, |effective_at| FactorResetOutcome::Asked {
                    effective_at,
                    ended: vec![],
                }))
            } else {
                None
            };
            if let Some(refusal) = refusal {
                transaction.roll_back().await?;
                return Ok(refusal);
            }

            users::record(&mut transaction, EventKind::FactorResetAsked, id, actor, now).await?;
            let ended = if reset.effective_at <= now {
                let done = reset_factors(&mut transaction, id, reset.notice.as_ref(), actor, now).await?;
                done.unwrap_or_default()
            } else {
                if let Some((mail, ticket)) = &reset.mail {
                    tickets::replace(&mut transaction, ticket).await?;
                    mails::enqueue(&mut transaction, std::slice::from_ref(mail), now).await?;
                }
                vec![]
            };
            transaction.commit().await?;
            Ok(FactorResetOutcome::Asked { effective_at: reset.effective_at, ended })
        })
        .await
    }

    /// Uses the ticket of a link that stops the removal of all second factors. `false` when it is not valid any more: of any
    /// number of concurrent uses, one succeeds.
    pub async fn undo_factor_reset(
        &self,
        id: &UserId,
        ticket: &CredentialHash,
        actor: &Actor,
        now: Moment,
    ) -> Result<bool, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let stopped =
                sqlx::query("update users set factors_reset_at = null where user_id = $1 and factors_reset_at > $2")
                    .bind(id)
                    .bind(now)
                    .execute(&mut *transaction)
                    .await?;
            if stopped.rows_affected() == 0
                || tickets::take(&mut transaction, ticket, TicketPurpose::FactorResetUndo, now).await?.is_none()
            {
                transaction.roll_back().await?;
                return Ok(false);
            }
            users::record(&mut transaction, EventKind::FactorResetUndone, id, actor, now).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Up to 100 users whose second factors are due to be removed.
    pub async fn due_factor_resets(&self, now: Moment) -> Result<Vec<UserId>, sqlx::Error> {
        sqlx::query_scalar("select user_id from users where factors_reset_at <= $1 limit 100")
            .bind(now)
            .fetch_all(&self.read)
            .await
    }

    /// Removes all second factors of a user if that is due, and ends the sessions. `None` if it is not: another node was faster.
    pub async fn reset_due_factors(
        &self,
        id: &UserId,
        notice: Option<&Notice>,
        now: Moment,
    ) -> Result<Option<Vec<EndedSession>>, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let Some(ended) = reset_factors(&mut transaction, id, notice, &Actor::System, now).await? else {
                transaction.roll_back().await?;
                return Ok(None);
            };
            transaction.commit().await?;
            Ok(Some(ended))
        })
        .await
    }
}

/// Removes all second factors of a user whose removal is due, as part of a transaction; the `update` is the lock. The password
/// stays, and so does the user handle of passkeys, which is for ever.
async fn reset_factors(
    transaction: &mut Transaction,
    id: &UserId,
    notice: Option<&Notice>,
    actor: &Actor,
    now: Moment,
) -> Result<Option<Vec<EndedSession>>, sqlx::Error> {
    let reset = sqlx::query(
        "update users set factors_reset_at = null, second_step = 0, factors_version = factors_version + 1 \
         where user_id = $1 and factors_reset_at <= $2",
    )
    .bind(id)
    .bind(now)
    .execute(&mut **transaction)
    .await?;
    if reset.rows_affected() == 0 {
        return Ok(None);
    }
    sqlx::query("delete from passkeys where user_id = $1").bind(id).execute(&mut **transaction).await?;
    sqlx::query("delete from totp_seeds where user_id = $1").bind(id).execute(&mut **transaction).await?;
    sqlx::query("delete from recovery_codes where user_id = $1").bind(id).execute(&mut **transaction).await?;
    sqlx::query("delete from pending_logins where user_id = $1").bind(id).execute(&mut **transaction).await?;
    sqlx::query("delete from tickets where user_id = $1 and slot = 'factor-reset-undo'")
        .bind(id)
        .execute(&mut **transaction)
        .await?;
    users::record(transaction, EventKind::FactorResetDone, id, actor, now).await?;
    let reason = |_: &SessionId| Some(EndReason::FactorReset);
    let ended = end::end_all(transaction, id, reason, None, actor, now).await?;
    notices::add(transaction, notice, now).await?;
    Ok(Some(ended))
}

/// When the second factors of a user are removed, as part of a transaction.
async fn pending(connection: &mut AnyConnection, id: &UserId) -> Result<Option<Moment>, sqlx::Error> {
    let pending: Option<Option<Moment>> = sqlx::query_scalar("select factors_reset_at from users where user_id = $1")
        .bind(id)
        .fetch_optional(connection)
        .await?;
    Ok(pending.flatten())
}

/// Whether the user has anything that a removal of all second factors removes, as part of a transaction.
async fn has_second_factor(connection: &mut AnyConnection, id: &UserId) -> Result<bool, sqlx::Error> {
    let factors: Option<i64> = sqlx::query_scalar(
        "select 1 from users u where user_id = $1 and (second_step = 1 \
           or exists (select 1 from passkeys p where p.user_id = u.user_id) \
           or exists (select 1 from totp_seeds t where t.user_id = u.user_id and t.confirmed_at is not null))",
    )
    .bind(id)
    .fetch_optional(connection)
    .await?;
    Ok(factors.is_some())
}
