//! The table `mails`: the outbox.

use std::time::Duration;

use super::{Store, transaction::Transaction};
use crate::{clock::Moment, model::mail::OutgoingMail};

/// How long a mail without a ticket is tried.
const MAX_DELAY: Duration = Duration::from_hours(24);

/// Inserts mails, as part of the transaction of their cause: they are sent if it commits, and only then. Those with a ticket
/// are given up when the ticket expires.
pub(super) async fn enqueue(
    transaction: &mut Transaction,
    mails: &[OutgoingMail],
    now: Moment,
) -> Result<(), sqlx::Error> {
    for mail in mails {
        sqlx::query(
            "insert into mails (mail_id, user_id, purpose, sealed, ticket_hash, created_at, send_at, give_up_at) \
             values ($1, $2, $3, $4, $5, $6, $6, $7)",
        )
        .bind(&mail.id)
        .bind(&mail.user_id)
        .bind(mail.purpose)
        .bind(&mail.sealed)
        .bind(&mail.ticket)
        .bind(now)
        .bind(now.plus(MAX_DELAY))
        .execute(&mut **transaction)
        .await?;
        transaction.wake_sender_after_commit();
    }
    Ok(())
}

impl Store {
    /// Adds mails to the outbox.
    pub async fn enqueue_mails(&self, mails: &[OutgoingMail], now: Moment) -> Result<(), sqlx::Error> {
        self.transaction(|mut transaction| async move {
            enqueue(&mut transaction, mails, now).await?;
            transaction.commit().await
        })
        .await
    }
}
