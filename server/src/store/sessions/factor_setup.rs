//! Changes of second factors by their user, from one of their sessions. Each counts in `factors_version`, so that a login, a
//! confirmation or a ticket from before is void. Sessions continue.

use doorward_api::{EventKind, FactorKind};
use sqlx::AnyConnection;

use super::{
    end,
    factor_removal::{has_factor, turn_off, turn_off_without_factor},
};
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        authentication::Authentication,
        credential::CredentialHash,
        notice::Notice,
        session::SessionId,
        totp::SeedId,
        user::{User, UserId},
    },
    store::{Store, audit, notices, recovery_codes, totp_seeds, transaction::Transaction, users},
};

/// A change of second factors to be written.
pub struct FactorSetup<'a> {
    /// As read before the change was checked.
    pub user: &'a User,
    /// The session of the request.
    pub session: &'a SessionId,
    pub notice: Option<&'a Notice>,
    pub actor: &'a Actor,
    pub now: Moment,
}

/// The outcome of a change of second factors.
pub enum FactorSetupOutcome {
    Done {
        /// Whether the new recovery codes are those of the account now.
        has_new_codes: bool,
    },
    /// There is nothing to change, or the second factor is missing that the change requires.
    Missing,
    /// The session has ended since it was authenticated.
    CallerEnded,
    /// The factors have changed, or the account has been disabled, since the user was read.
    Outdated,
}

use FactorSetupOutcome::{CallerEnded, Done, Missing, Outdated};

impl Store {
    /// Adds a seed beside the present one, in the place of an unfinished one. `false` when the session has ended.
    pub async fn begin_totp(
        &self,
        (user_id, session): (&UserId, &SessionId),
        (seed_id, sealed): (&SeedId, &str),
        now: Moment,
    ) -> Result<bool, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            users::lock(&mut transaction, user_id).await?;
            if !end::is_live(&mut transaction, session, user_id, now).await? {
                transaction.roll_back().await?;
                return Ok(false);
            }
            totp_seeds::replace_unfinished(&mut transaction, user_id, (seed_id, sealed), now).await?;
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Puts an unfinished seed into use whose code of `step` was right, in the place of the present one, and turns the second step
    /// on. The session counts as proved with it. `codes` become those of an account that has none.
    pub async fn finish_totp(
        &self,
        setup: &FactorSetup<'_>,
        (seed_id, step): (&SeedId, i64),
        codes: &[CredentialHash],
    ) -> Result<FactorSetupOutcome, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            if let Some(refusal) = lock(&mut transaction, setup).await? {
                transaction.roll_back().await?;
                return Ok(refusal);
            }
            if !totp_seeds::put_into_use(&mut transaction, &setup.user.id, (seed_id, step), setup.now).await? {
                transaction.roll_back().await?;
                return Ok(Missing);
            }
            record(&mut transaction, EventKind::TotpOn, setup).await?;
            let has_new_codes = turn_on(&mut transaction, setup, codes).await?;
            prove_session(&mut transaction, setup).await?;
            notices::add(&mut transaction, setup.notice, setup.now).await?;
            transaction.commit().await?;
            Ok(Done { has_new_codes })
        })
        .await
    }

    /// Deletes the seed of one-time codes. Without another factor, the second step goes off.
    pub async fn remove_totp(&self, setup: &FactorSetup<'_>) -> Result<FactorSetupOutcome, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            if let Some(refusal) = lock(&mut transaction, setup).await? {
                transaction.roll_back().await?;
                return Ok(refusal);
            }
            if !totp_seeds::delete_all(&mut transaction, &setup.user.id).await? {
                transaction.roll_back().await?;
                return Ok(Missing);
            }
            record(&mut transaction, EventKind::TotpOff, setup).await?;
            turn_off_without_factor(&mut transaction, &setup.user.id, Some(setup.session), (setup.actor, setup.now))
                .await?;
            notices::add(&mut transaction, setup.notice, setup.now).await?;
            transaction.commit().await?;
            Ok(Done { has_new_codes: false })
        })
        .await
    }

    /// Replaces the recovery codes of an account with another second factor.
    pub async fn replace_recovery_codes(
        &self,
        setup: &FactorSetup<'_>,
        codes: &[CredentialHash],
    ) -> Result<FactorSetupOutcome, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            if let Some(refusal) = lock(&mut transaction, setup).await? {
                transaction.roll_back().await?;
                return Ok(refusal);
            }
            if !has_factor(&mut transaction, &setup.user.id).await? {
                transaction.roll_back().await?;
                return Ok(Missing);
            }
            recovery_codes::replace(&mut transaction, &setup.user.id, codes, setup.now).await?;
            record(&mut transaction, EventKind::RecoveryCodeMade, setup).await?;
            notices::add(&mut transaction, setup.notice, setup.now).await?;
            transaction.commit().await?;
            Ok(Done { has_new_codes: true })
        })
        .await
    }

    /// Turns the second step on or off. On requires a factor; `codes` become those of an account that has none.
    pub async fn set_second_step(
        &self,
        setup: &FactorSetup<'_>,
        on: bool,
        codes: &[CredentialHash],
    ) -> Result<FactorSetupOutcome, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            if let Some(refusal) = lock(&mut transaction, setup).await? {
                transaction.roll_back().await?;
                return Ok(refusal);
            }
            if on && !has_factor(&mut transaction, &setup.user.id).await? {
                transaction.roll_back().await?;
                return Ok(Missing);
            }
            let mut has_new_codes = false;
            if on {
                has_new_codes = turn_on(&mut transaction, setup, codes).await?;
            } else if setup.user.has_second_step {
                turn_off(&mut transaction, &setup.user.id, Some(setup.session), (setup.actor, setup.now)).await?;
            }
            let is_changed = on != setup.user.has_second_step;
            notices::add(&mut transaction, setup.notice.filter(|_| is_changed), setup.now).await?;
            transaction.commit().await?;
            Ok(Done { has_new_codes })
        })
        .await
    }
}

/// Locks the row of the user and counts a change of factors, as part of a transaction. A refusal must be rolled back.
async fn lock(
    transaction: &mut Transaction,
    FactorSetup { user, session, now, .. }: &FactorSetup<'_>,
) -> Result<Option<FactorSetupOutcome>, sqlx::Error> {
    let counted = sqlx::query(
        "update users set factors_version = factors_version + 1 \
         where user_id = $1 and factors_version = $2 and disabled_at is null and delete_at is null",
    )
    .bind(&user.id)
    .bind(user.factors_version)
    .execute(&mut **transaction)
    .await?;
    if !end::is_live(transaction, session, &user.id, *now).await? {
        return Ok(Some(CallerEnded));
    }
    Ok((counted.rows_affected() == 0).then_some(Outdated))
}

/// Turns the second step on, as part of a transaction. Returns whether `codes` are those of the account now.
async fn turn_on(
    transaction: &mut Transaction,
    setup: &FactorSetup<'_>,
    codes: &[CredentialHash],
) -> Result<bool, sqlx::Error> {
    let user_id = &setup.user.id;
    let on = sqlx::query("update users set second_step = 1 where user_id = $1 and second_step = 0")
        .bind(user_id)
        .execute(&mut **transaction)
        .await?;
    if on.rows_affected() == 1 {
        record(transaction, EventKind::SecondStepOn, setup).await?;
    }
    if recovery_codes::count(transaction, user_id).await? > 0 {
        return Ok(false);
    }
    recovery_codes::replace(transaction, user_id, codes, setup.now).await?;
    record(transaction, EventKind::RecoveryCodeMade, setup).await?;
    Ok(true)
}

/// The session has its user's password, or more, within `confirm_within`, and now a code of the new seed.
async fn prove_session(connection: &mut AnyConnection, setup: &FactorSetup<'_>) -> Result<(), sqlx::Error> {
    let proof = Authentication::with_second_factor(FactorKind::Totp, setup.now);
    sqlx::query("update sessions set auth_time = $1, acr = $2, amr = $3 where session_id = $4 and acr = '1'")
        .bind(proof.time)
        .bind(proof.acr.name())
        .bind(proof.amr_text())
        .bind(setup.session)
        .execute(connection)
        .await
        .map(drop)
}

async fn record(transaction: &mut Transaction, kind: EventKind, setup: &FactorSetup<'_>) -> Result<(), sqlx::Error> {
    let event = AuditEvent {
        kind,
        user_id: Some(&setup.user.id),
        session_id: Some(setup.session),
        reason: None,
        actor: setup.actor,
    };
    audit::record(transaction, &event, setup.now).await
}
