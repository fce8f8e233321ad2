//! Notices in the tables `mails` and `tickets`.

use sqlx::AnyConnection;

use super::{mails, tickets, transaction::Transaction};
use crate::{
    clock::Moment,
    model::{mail::MailId, notice::Notice, user::UserId},
};

/// Writes a notice, as part of the transaction of its cause, which has locked the row of the user.
pub(super) async fn add(
    transaction: &mut Transaction,
    notice: Option<&Notice>,
    now: Moment,
) -> Result<(), sqlx::Error> {
    let Some(Notice { mail, ticket, at_most_once_per }) = notice else { return Ok(()) };
    if let (Some(period), Some(user_id)) = (at_most_once_per, &mail.user_id)
        && is_written_since(transaction, user_id, mail.purpose, now.minus(*period), now).await?
    {
        return Ok(());
    }
    if let Some(ticket) = ticket {
        tickets::replace(transaction, ticket).await?;
    }
    mails::enqueue(transaction, std::slice::from_ref(mail), now).await
}

/// Not in the future: after a clock was set back, notices go on.
async fn is_written_since(
    connection: &mut AnyConnection,
    user_id: &UserId,
    purpose: &str,
    since: Moment,
    now: Moment,
) -> Result<bool, sqlx::Error> {
    let written: Option<MailId> = sqlx::query_scalar(
        "select mail_id from mails where user_id = $1 and purpose = $2 and created_at > $3 and created_at <= $4 limit 1",
    )
    .bind(user_id)
    .bind(purpose)
    .bind(since)
    .bind(now)
    .fetch_optional(connection)
    .await?;
    Ok(written.is_some())
}
