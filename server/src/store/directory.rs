//! Everybody, a page at a time.

use sqlx::FromRow;

use super::{Store, users::UserRow};
use crate::{
    clock::Moment,
    model::user_summary::{Listed, Place},
};

#[derive(FromRow)]
struct Row {
    #[sqlx(flatten)]
    user: UserRow,
    sessions: i64,
}

impl Store {
    /// A page of the people whose accounts come before `before`, the newest first.
    pub async fn directory(&self, before: &Place, most: i64, now: Moment) -> Result<Vec<Listed>, sqlx::Error> {
        let rows: Vec<Row> = sqlx::query_as(
            "select user_id, email, name, roles, password_hash, password_version, created_at as user_created_at, disabled_at, \
                    (select count(*) from sessions s \
                     where s.user_id = users.user_id and s.expires_at > $1 and s.ended_at is null) as sessions \
             from users where (created_at, user_id) < ($2, $3) order by created_at desc, user_id desc limit $4",
        )
        .bind(now)
        .bind(before.created_at)
        .bind(&before.user_id)
        .bind(most)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(|row| Listed { user: row.user.into(), sessions: row.sessions }).collect())
    }
}
