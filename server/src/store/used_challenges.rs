use crate::model::challenge::ChallengeUse;
use sqlx::AnyConnection;
pub(super) async fn take(connection: &mut AnyConnection, challenge: &ChallengeUse) -> Result<bool, sqlx::Error> {
    let taken =
        sqlx::query("insert into used_challenges (challenge_hash, expires_at) values ($1, $2) on conflict do nothing")
            .bind(&challenge.hash)
            .bind(challenge.expires_at)
            .execute(connection)
            .await?;
    Ok(taken.rows_affected() == 1)
}
