//! Confirmations: the user of a live session proves again who they are.

use doorward_api::{EndReason, EventKind};

use super::{
    end, login,
    row::{SessionRow, session_columns},
};
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        authentication::Authentication,
        rate_limit::RateLimitKey,
        second_factor::FactorUse,
        session::{MAX_WRONG_CONFIRMATIONS, Session, SessionId},
        session_end::EndedSession,
        user::{User, UserId},
    },
    store::{Store, attempts, audit, second_factors},
};

/// A confirmation whose proof was right when it was checked.
pub struct Confirmation<'a> {
    /// As read before the proof was checked.
    pub user: &'a User,
    pub session_id: &'a SessionId,
    pub authentication: &'a Authentication,
    /// To be used up.
    pub factor: Option<&'a FactorUse>,
    /// The limits that a success makes full again.
    pub limits: &'a [RateLimitKey],
}

/// The outcome of a confirmation whose proof was right.
pub enum ConfirmOutcome {
    Confirmed(Box<Session>),
    /// The session has ended since it was authenticated.
    CallerEnded,
    /// The password or a factor has changed, or the account has been disabled, since the user was read.
    Outdated,
    /// Another request has used the factor.
    FactorUsed,
}

/// The outcome of a confirmation with a wrong password or factor.
pub enum WrongConfirmation {
    Counted,
    /// It was one too many in a row.
    Ended(EndedSession),
    /// The session has ended since it was authenticated.
    CallerEnded,
}

impl Store {
    /// Records when and how the user of a session has proved who they are, uses up the factor, and gives back the attempts. Moves
    /// neither the end of the session nor its last use.
    pub async fn confirm_session(
        &self,
        confirmation: &Confirmation<'_>,
        (actor, now): (&Actor, Moment),
    ) -> Result<ConfirmOutcome, sqlx::Error> {
        let Confirmation { user, session_id, authentication, factor, limits } = *confirmation;
        self.transaction(|mut transaction| async move {
            if !login::lock_unchanged(&mut transaction, user).await? {
                transaction.roll_back().await?;
                return Ok(ConfirmOutcome::Outdated);
            }
            let row: Option<SessionRow> = sqlx::query_as(concat!(
                "update sessions set auth_time = $1, acr = $2, amr = $3, wrong_confirmations = 0 \
                     where session_id = $4 and user_id = $5 and expires_at > $6 and ended_at is null returning ",
                session_columns!(""),
            ))
            .bind(authentication.time)
            .bind(authentication.acr.name())
            .bind(authentication.amr_text())
            .bind(session_id)
            .bind(&user.id)
            .bind(now)
            .fetch_optional(&mut *transaction)
            .await?;
            let Some(row) = row else {
                transaction.roll_back().await?;
                return Ok(ConfirmOutcome::CallerEnded);
            };
            if let Some(factor) = factor
                && !second_factors::use_up(&mut transaction, &user.id, factor, (actor, now)).await?
            {
                transaction.roll_back().await?;
                return Ok(ConfirmOutcome::FactorUsed);
            }
            attempts::clear(&mut transaction, limits).await?;
            let event = AuditEvent {
                kind: EventKind::Confirmed,
                user_id: Some(&user.id),
                session_id: Some(session_id),
                reason: None,
                actor,
            };
            audit::record(&mut transaction, &event, now).await?;
            transaction.commit().await?;
            Ok(ConfirmOutcome::Confirmed(Box::new(row.into_session()?)))
        })
        .await
    }

    /// Counts a wrong password or factor, and ends the session with the [last one](MAX_WRONG_CONFIRMATIONS). The count is in the row: it
    /// holds on all nodes, and the update is the lock.
    pub async fn record_wrong_confirmation(
        &self,
        (user_id, session_id): (&UserId, &SessionId),
        actor: &Actor,
        now: Moment,
    ) -> Result<WrongConfirmation, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let count: Option<i64> = sqlx::query_scalar(
                "update sessions set wrong_confirmations = wrong_confirmations + 1 \
                 where session_id = $1 and expires_at > $2 and ended_at is null returning wrong_confirmations",
            )
            .bind(session_id)
            .bind(now)
            .fetch_optional(&mut *transaction)
            .await?;
            let Some(count) = count else {
                transaction.roll_back().await?;
                return Ok(WrongConfirmation::CallerEnded);
            };
            let event = AuditEvent {
                kind: EventKind::ConfirmationFailed,
                user_id: Some(user_id),
                session_id: Some(session_id),
                reason: None,
                actor,
            };
            audit::record(&mut transaction, &event, now).await?;
            let ended = if count < MAX_WRONG_CONFIRMATIONS {
                None
            } else {
                let session = (session_id.clone(), EndReason::TooManyConfirmations);
                end::end_each(&mut transaction, vec![session], None, actor, now).await?.pop()
            };
            transaction.commit().await?;
            Ok(ended.map_or(WrongConfirmation::Counted, WrongConfirmation::Ended))
        })
        .await
    }
}
