//! The second step of the login, when factors go.

use sqlx::AnyConnection;

use crate::model::user::UserId;

/// After a factor of a user has been removed: if no second factor is left, the password is enough again, and the recovery codes,
/// which stand in for a second factor, are deleted. Part of a transaction that has locked the user's row. Passkeys of other hosts
/// than `rp_id` are no factor: the user could not pass the second step with them.
pub(super) async fn turn_off_without_factor(
    connection: &mut AnyConnection,
    user_id: &UserId,
    rp_id: &str,
) -> Result<(), sqlx::Error> {
    let turned_off = sqlx::query(
        "update users set second_step = 0 where user_id = $1 \
         and not exists (select 1 from passkeys p where p.user_id = $1 and p.rp_id = $2) \
         and not exists (select 1 from totp_seeds t where t.user_id = $1 and t.confirmed_at is not null)",
    )
    .bind(user_id)
    .bind(rp_id)
    .execute(&mut *connection)
    .await?;
    if turned_off.rows_affected() == 1 {
        sqlx::query("delete from recovery_codes where user_id = $1").bind(user_id).execute(connection).await?;
    }
    Ok(())
}
