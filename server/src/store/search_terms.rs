//! The table `user_search_terms`: search terms of users.

use sqlx::AnyConnection;

use crate::model::{email::Email, user::UserId, user_search::terms};

/// Inserts the terms of a user, as part of the transaction that inserts the user.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    id: &UserId,
    name: &str,
    email: &Email,
) -> Result<(), sqlx::Error> {
    for term in terms(name, email) {
        sqlx::query("insert into user_search_terms (term, owner_id) values ($1, $2) on conflict do nothing")
            .bind(term)
            .bind(id)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Replaces the terms of a user, as part of a transaction that has locked the user's row.
pub(super) async fn replace(
    connection: &mut AnyConnection,
    id: &UserId,
    name: &str,
    email: &Email,
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from user_search_terms where owner_id = $1").bind(id).execute(&mut *connection).await?;
    insert(connection, id, name, email).await
}
