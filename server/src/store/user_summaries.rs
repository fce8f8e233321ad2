//! Lists of users, each with the number of their live sessions.

use sqlx::FromRow;

use super::{
    Store,
    users::{UserRow, user_columns},
};
use crate::{
    clock::Moment,
    model::{
        cursor::Cursor,
        user::{User, UserId},
        user_summary::UserSummary,
    },
};

/// The number of live sessions of a user at `$1`.
macro_rules! live_session_count {
    () => {
        "(select count(*) from sessions s \
          where s.user_id = users.user_id and s.expires_at > $1 and s.ended_at is null) as sessions"
    };
}

#[derive(FromRow)]
pub(super) struct SummaryRow {
    #[sqlx(flatten)]
    user: UserRow,
    sessions: i64,
}

impl From<SummaryRow> for UserSummary {
    fn from(row: SummaryRow) -> Self {
        Self { user: row.user.into(), sessions: row.sessions }
    }
}

pub(super) use live_session_count;

impl Store {
    /// All users, ordered by email, each with the number of live sessions.
    pub async fn users(&self, now: Moment) -> Result<Vec<(User, i64)>, sqlx::Error> {
        let rows: Vec<SummaryRow> = sqlx::query_as(concat!(
            "select ",
            user_columns!(),
            ", ",
            live_session_count!(),
            " from users where stand_in is null order by email"
        ))
        .bind(now)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(|row| (row.user.into(), row.sessions)).collect())
    }

    /// A page of the users before `before`, newest first.
    pub async fn users_before(
        &self,
        before: &Cursor<UserId>,
        limit: i64,
        now: Moment,
    ) -> Result<Vec<UserSummary>, sqlx::Error> {
        let rows: Vec<SummaryRow> = sqlx::query_as(concat!(
            "select ",
            user_columns!(),
            ", ",
            live_session_count!(),
            " from users where (created_at, user_id) < ($2, $3) and stand_in is null \
              order by created_at desc, user_id desc limit $4",
        ))
        .bind(now)
        .bind(before.at)
        .bind(&before.id)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(UserSummary::from).collect())
    }

    pub async fn user_summary(&self, id: &UserId, now: Moment) -> Result<Option<UserSummary>, sqlx::Error> {
        let row: Option<SummaryRow> = sqlx::query_as(concat!(
            "select ",
            user_columns!(),
            ", ",
            live_session_count!(),
            " from users where user_id = $2 and stand_in is null"
        ))
        .bind(now)
        .bind(id)
        .fetch_optional(&self.read)
        .await?;
        Ok(row.map(UserSummary::from))
    }
}
