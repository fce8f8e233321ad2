//! Search for users by their terms: see [`crate::model::user_search`].

use sqlx::FromRow;

use super::{
    Store, search_terms,
    user_summaries::{SummaryRow, live_session_count},
    users::user_columns,
};
use crate::{
    clock::Moment,
    model::{
        cursor::Cursor,
        email::Email,
        user::UserId,
        user_search::{SearchTerm, UserSearch},
        user_summary::UserSummary,
    },
};

#[derive(FromRow)]
struct UnindexedRow {
    user_id: UserId,
    name: String,
    email: Email,
}

impl Store {
    /// Indexes up to 50 users whose names were written by an earlier version: small batches, so that other writers do not
    /// wait long.
    pub async fn index_users(&self) -> Result<usize, sqlx::Error> {
        self.transaction(|mut transaction| async move {
            let users: Vec<UnindexedRow> = sqlx::query_as(
                "update users set search_name = name where user_id in \
                 (select user_id from users where user_id > '' and search_name <> name order by user_id limit 50) returning user_id, name, email",
            )
            .fetch_all(&mut *transaction)
            .await?;
            for user in &users {
                search_terms::replace(&mut transaction, &user.user_id, &user.name, &user.email).await?;
            }
            transaction.commit().await?;
            Ok(users.len())
        })
        .await
    }

    /// A page of the users that match, in the order of their first term that does. Reads no more than a page, however many
    /// match. A cursor of a user who no longer matches starts over.
    pub async fn search_users(
        &self,
        search: &UserSearch,
        before: &Cursor<UserId>,
        limit: i64,
        now: Moment,
    ) -> Result<Vec<UserSummary>, sqlx::Error> {
        let last: Option<SearchTerm> = sqlx::query_scalar(
            "select term from user_search_terms where owner_id = $1 and term >= $2 and term < $3 order by term limit 1",
        )
        .bind(&before.id)
        .bind(search.first())
        .bind(search.end())
        .fetch_optional(&self.read)
        .await?;
        let (term, id) = last.map_or((search.first(), ""), |term| (term, before.id.0.as_str()));
        let rows: Vec<SummaryRow> = sqlx::query_as(concat!(
            "select ",
            user_columns!(),
            ", ",
            live_session_count!(),
            " from user_search_terms t join users on users.user_id = t.owner_id \
              where (t.term, t.owner_id) > ($2, $3) and t.term < $4 \
                and not exists (select 1 from user_search_terms earlier where earlier.owner_id = t.owner_id \
                                and earlier.term >= $5 and earlier.term < t.term) \
              order by t.term, t.owner_id limit $6",
        ))
        .bind(now)
        .bind(term)
        .bind(id)
        .bind(search.end())
        .bind(search.first())
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(UserSummary::from).collect())
    }
}
