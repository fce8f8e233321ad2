//! Uses of passkeys, in the table `passkeys`.

use doorward_api::EventKind;

use super::{audit, notices, transaction::Transaction, used_challenges};
use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        notice::Notice,
        passkey::PasskeyUse,
        user::UserId,
    },
};

/// Uses up a right answer to a challenge, and records the use of its passkey, as part of a transaction that has locked the user's
/// row. The counter only moves forward. `false` when the challenge has been answered before, or the passkey has been removed.
pub(super) async fn use_up(
    transaction: &mut Transaction,
    user_id: &UserId,
    used: &PasskeyUse,
    counter_notice: Option<&Notice>,
    by: (&Actor, Moment),
) -> Result<bool, sqlx::Error> {
    if !used_challenges::take(transaction, &used.challenge).await? {
        return Ok(false);
    }
    let stored: Option<(i64, i64)> =
        sqlx::query_as("select sign_count, backup_eligible from passkeys where passkey_id = $1 and user_id = $2")
            .bind(&used.passkey_id)
            .bind(user_id)
            .fetch_optional(&mut **transaction)
            .await?;
    let Some((sign_count, backup_eligible)) = stored else { return Ok(false) };
    sqlx::query(
        "update passkeys set last_used_at = $1, sign_count = case when sign_count < $2 then $2 else sign_count end, \
                             backup_eligible = $3, backed_up = $4 where passkey_id = $5",
    )
    .bind(by.1)
    .bind(i64::from(used.sign_count))
    .bind(i64::from(used.is_backup_eligible))
    .bind(i64::from(used.is_backed_up))
    .bind(&used.passkey_id)
    .execute(&mut **transaction)
    .await?;
    // Neither is proof of a copy: authenticators do both, and a refusal would lock users out.
    if used.counter_is_back(u32::try_from(sign_count).unwrap_or(u32::MAX)) {
        record(transaction, EventKind::PasskeyCounterBack, user_id, by).await?;
        notices::add(transaction, counter_notice, by.1).await?;
    }
    if (backup_eligible == 1) != used.is_backup_eligible {
        record(transaction, EventKind::PasskeyBackupChanged, user_id, by).await?;
    }
    Ok(true)
}

async fn record(
    transaction: &mut Transaction,
    kind: EventKind,
    user_id: &UserId,
    (actor, now): (&Actor, Moment),
) -> Result<(), sqlx::Error> {
    let event = AuditEvent { kind, user_id: Some(user_id), session_id: None, reason: None, actor };
    audit::record(transaction, &event, now).await
}
