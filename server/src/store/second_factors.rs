//! Second factors of every kind: which ones a user has, the use of a right one, and wrong ones.

use doorward_api::{EventKind, FactorKind};
use sqlx::FromRow;

use super::{
    Store, audit, notices, passkey_uses, pending_logins, recovery_codes, tickets, totp_seeds, transaction::Transaction,
};
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        credential::CredentialHash,
        notice::Notice,
        second_factor::{FactorProof, FactorUse, MAX_WRONG_SECOND_FACTORS},
        user::UserId,
    },
};

#[derive(FromRow)]
struct KindsRow {
    passkeys: i64,
    seeds: i64,
    codes: i64,
    last_second_factor: String,
}

/// Uses up a factor, as part of a transaction that has locked the row of the user. `false` when it has been used meanwhile.
pub(super) async fn use_up(
    transaction: &mut Transaction,
    user_id: &UserId,
    factor: &FactorUse,
    (actor, now): (&Actor, Moment),
) -> Result<bool, sqlx::Error> {
    let is_used_up = match &factor.proof {
        FactorProof::Totp { seed_id, step } => totp_seeds::use_step(transaction, seed_id, *step).await?,
        FactorProof::RecoveryCode(code) => recovery_codes::take(transaction, user_id, code).await?,
        FactorProof::Passkey(used) => {
            passkey_uses::use_up(transaction, user_id, used, factor.notice.as_ref(), (actor, now)).await?
        }
    };
    if !is_used_up {
        return Ok(false);
    }
    let kind = factor.proof.kind();
    sqlx::query("update users set last_second_factor = $1, wrong_second_factors = 0 where user_id = $2")
        .bind(kind.name())
        .bind(user_id)
        .execute(&mut **transaction)
        .await?;
    if kind == FactorKind::RecoveryCode {
        record(transaction, EventKind::RecoveryCodeUsed, user_id, actor, now).await?;
    }
    if kind != FactorKind::Passkey {
        notices::add(transaction, factor.notice.as_ref(), now).await?;
    }
    Ok(true)
}

async fn record(
    transaction: &mut Transaction,
    kind: EventKind,
    user_id: &UserId,
    actor: &Actor,
    now: Moment,
) -> Result<(), sqlx::Error> {
    let event = AuditEvent { kind, user_id: Some(user_id), session_id: None, reason: None, actor };
    audit::record(transaction, &event, now).await
}

impl Store {
    /// The kinds of second factor that a user has, in the order in which they are offered: the strongest first, or the one that was
    /// used last. Recovery codes, which run out, are always last. Passkeys are those of `rp_id`.
    pub async fn second_factors(&self, user_id: &UserId, rp_id: &str) -> Result<Vec<FactorKind>, sqlx::Error> {
        let row: Option<KindsRow> = sqlx::query_as(
            "select (select count(*) from passkeys where user_id = $1 and rp_id = $2) as passkeys, \
                    (select count(*) from totp_seeds where user_id = $1 and confirmed_at is not null) as seeds, \
                    (select count(*) from recovery_codes where user_id = $1) as codes, \
                    last_second_factor from users where user_id = $1",
        )
        .bind(user_id)
        .bind(rp_id)
        .fetch_optional(&self.read)
        .await?;
        let Some(row) = row else { return Ok(vec![]) };
        let counts =
            [(FactorKind::Passkey, row.passkeys), (FactorKind::Totp, row.seeds), (FactorKind::RecoveryCode, row.codes)];
        let mut kinds: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).map(|(kind, _)| kind).collect();
        kinds.sort_by_key(|kind| match kind {
            FactorKind::RecoveryCode => 2,
            kind if kind.name() == row.last_second_factor => 0,
            _ => 1,
        });
        Ok(kinds)
    }

    /// Counts a wrong factor behind a right password. Each [fifth](MAX_WRONG_SECOND_FACTORS) one ends all logins of the user that
    /// wait for a factor, and writes the notice. The count is in the row of the user: it holds across tickets, nodes and restarts.
    pub async fn record_wrong_second_factor(
        &self,
        user_id: &UserId,
        notice: Option<&Notice>,
        (actor, now): (&Actor, Moment),
    ) -> Result<(), sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let count: Option<i64> = sqlx::query_scalar(
                "update users set wrong_second_factors = wrong_second_factors + 1 where user_id = $1 \
                 returning wrong_second_factors",
            )
            .bind(user_id)
            .fetch_optional(&mut *transaction)
            .await?;
            record(&mut transaction, EventKind::SecondFactorFailed, user_id, actor, now).await?;
            if count.is_some_and(|count| count % MAX_WRONG_SECOND_FACTORS == 0) {
                pending_logins::delete_all(&mut transaction, user_id).await?;
                notices::add(&mut transaction, notice, now).await?;
            }
            transaction.commit().await
        })
        .await
    }

    /// Records a wrong factor behind the link to set a new password, which ends with the [last one](MAX_WRONG_SECOND_FACTORS).
    pub async fn record_wrong_reset_factor(
        &self,
        user_id: &UserId,
        ticket: &CredentialHash,
        (actor, now): (&Actor, Moment),
    ) -> Result<(), sqlx::Error> {
        self.transaction(|mut transaction| async move {
            tickets::count_failure(&mut transaction, ticket, MAX_WRONG_SECOND_FACTORS).await?;
            record(&mut transaction, EventKind::SecondFactorFailed, user_id, actor, now).await?;
            transaction.commit().await
        })
        .await
    }
}
