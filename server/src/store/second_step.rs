//! The second step of the login, when factors go.

use doorward_api::EventKind;

use super::{transaction::Transaction, users};
use crate::{
    clock::Moment,
    model::{audit::Actor, user::UserId},
};

/// After a factor of a user has been removed: if no second factor is left, the password is enough again, and the recovery codes,
/// which stand in for a second factor, are deleted. Part of a transaction that has locked the user's row. Passkeys of other hosts
/// than `rp_id` are no factor: the user could not pass the second step with them.
pub(super) async fn turn_off_without_factor(
    transaction: &mut Transaction,
    user_id: &UserId,
    rp_id: &str,
    (actor, now): (&Actor, Moment),
) -> Result<(), sqlx::Error> {
    let left: Option<String> = sqlx::query_scalar(
        "select user_id from users where user_id = $1 \
         and (exists (select 1 from passkeys p where p.user_id = $1 and p.rp_id = $2) \
           or exists (select 1 from totp_seeds t where t.user_id = $1 and t.confirmed_at is not null))",
    )
    .bind(user_id)
    .bind(rp_id)
    .fetch_optional(&mut **transaction)
    .await?;
    if left.is_some() {
        return Ok(());
    }
    sqlx::query("delete from recovery_codes where user_id = $1").bind(user_id).execute(&mut **transaction).await?;
    let off = sqlx::query("update users set second_step = 0 where user_id = $1 and second_step = 1")
        .bind(user_id)
        .execute(&mut **transaction)
        .await?;
    if off.rows_affected() == 1 {
        users::record(transaction, EventKind::SecondStepOff, user_id, actor, now).await?;
    }
    Ok(())
}
