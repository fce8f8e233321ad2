//! What follows from the removal of second factors.

use doorward_api::EventKind;
use sqlx::AnyConnection;

use crate::{
    clock::Moment,
    model::{
        audit::{Actor, AuditEvent},
        session::SessionId,
        user::UserId,
    },
    store::{audit, recovery_codes, totp_seeds, transaction::Transaction, users},
};

/// Turns the second step off, as part of a transaction.
pub(super) async fn turn_off(
    transaction: &mut Transaction,
    user_id: &UserId,
    session: Option<&SessionId>,
    (actor, now): (&Actor, Moment),
) -> Result<(), sqlx::Error> {
    let off = sqlx::query("update users set second_step = 0 where user_id = $1 and second_step = 1")
        .bind(user_id)
        .execute(&mut **transaction)
        .await?;
    if off.rows_affected() == 0 {
        return Ok(());
    }
    let kind = EventKind::SecondStepOff;
    let event = AuditEvent { kind, user_id: Some(user_id), session_id: session, reason: None, actor };
    audit::record(transaction, &event, now).await
}

/// After a factor was removed, as part of a transaction that has locked the row of the user: if it was the last one, the second
/// step goes off, and recovery codes, which are a second factor beside another, are deleted.
pub(super) async fn turn_off_without_factor(
    transaction: &mut Transaction,
    user_id: &UserId,
    session: Option<&SessionId>,
    by: (&Actor, Moment),
) -> Result<(), sqlx::Error> {
    if has_factor(transaction, user_id).await? {
        return Ok(());
    }
    recovery_codes::delete_all(transaction, user_id).await?;
    turn_off(transaction, user_id, session, by).await
}

/// Removes the authenticator app that a stranger has set up at `since`, as its user reports, as part of a transaction: otherwise the
/// link to set a new password would require a code of the stranger's app.
pub(super) async fn remove_totp_of_stranger(
    transaction: &mut Transaction,
    user_id: &UserId,
    since: Moment,
    (actor, now): (&Actor, Moment),
) -> Result<(), sqlx::Error> {
    if !totp_seeds::delete_since(transaction, user_id, since).await? {
        return Ok(());
    }
    users::record(transaction, EventKind::TotpOff, user_id, actor, now).await?;
    sqlx::query("update users set factors_version = factors_version + 1 where user_id = $1")
        .bind(user_id)
        .execute(&mut **transaction)
        .await?;
    turn_off_without_factor(transaction, user_id, None, (actor, now)).await
}

/// Whether the user has a passkey or an authenticator app, as part of a transaction.
pub(super) async fn has_factor(connection: &mut AnyConnection, user_id: &UserId) -> Result<bool, sqlx::Error> {
    let factor: Option<i64> = sqlx::query_scalar(
        "select 1 from users u where user_id = $1 and (exists (select 1 from passkeys p where p.user_id = u.user_id) \
           or exists (select 1 from totp_seeds t where t.user_id = u.user_id and t.confirmed_at is not null))",
    )
    .bind(user_id)
    .fetch_optional(connection)
    .await?;
    Ok(factor.is_some())
}
