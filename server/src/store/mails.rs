//! The table `mails`: the outbox.

use std::time::Duration;

use sqlx::FromRow;

use super::{Store, transaction::Transaction};
use crate::{
    clock::Moment,
    model::{
        mail::{MailId, OutgoingMail, WaitingMail},
        user::UserId,
    },
};

/// How long a mail without a ticket is tried.
const MAX_DELAY: Duration = Duration::from_hours(24);

/// Rows per query or transaction.
const BATCH_SIZE: i64 = 1000;

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

#[derive(FromRow)]
struct WaitingRow {
    mail_id: MailId,
    user_id: Option<UserId>,
    purpose: String,
    created_at: Moment,
    send_at: Moment,
    attempts: i64,
    failure: Option<String>,
}

impl From<WaitingRow> for WaitingMail {
    fn from(row: WaitingRow) -> Self {
        let WaitingRow { mail_id: id, user_id, purpose, created_at, send_at, attempts, failure } = row;
        Self { id, user_id, purpose, created_at, send_at, attempts, failure }
    }
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

    /// Completes when this node has committed a mail since the last call.
    pub async fn mails_enqueued(&self) {
        self.mails_enqueued.notified().await;
    }

    /// The number of mails that wait, and since when the oldest does.
    pub async fn waiting_mails(&self) -> Result<(i64, Option<Moment>), sqlx::Error> {
        // With a bound of `send_at`, SQLite reads the index of waiting mails alone.
        sqlx::query_as("select count(*), min(created_at) from mails where done_at is null and send_at > 0")
            .fetch_one(&self.read)
            .await
    }

    /// The mails that wait, the oldest first, up to a batch.
    pub async fn list_waiting_mails(&self) -> Result<Vec<WaitingMail>, sqlx::Error> {
        let rows: Vec<WaitingRow> = sqlx::query_as(
            "select mail_id, user_id, purpose, created_at, send_at, attempts, failure from mails \
             where done_at is null and send_at > 0 order by created_at, mail_id limit $1",
        )
        .bind(BATCH_SIZE)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(WaitingMail::from).collect())
    }

    /// Deletes a batch of the mails that ended before `before`. Returns their number.
    pub async fn delete_mails(&self, before: Moment) -> Result<u64, sqlx::Error> {
        self.write(|| {
            sqlx::query("delete from mails where mail_id in (select mail_id from mails where done_at < $1 limit $2)")
                .bind(before)
                .bind(BATCH_SIZE)
        })
        .await
    }

    /// Empties waiting mails whose ticket is gone, or that should have been given up by `before`: before their next attempt,
    /// and where none are sent. Returns their number.
    pub async fn drop_pointless_mails(&self, before: Moment, now: Moment) -> Result<u64, sqlx::Error> {
        self.write(|| {
sqlx::query(
                "update mails set sealed = '', done_at = $1, failure = 'dropped' \
                 where done_at is null and send_at > 0 and (give_up_at < $2 or (failure is not null and ticket_hash is not null \
                   and not exists (select 1 from tickets t where t.token_hash = mails.ticket_hash) \
                   and not exists (select 1 from registrations r where r.ticket_hash = mails.ticket_hash)))",
            )
            .bind(now)
            .bind(before)
}).await
    }

    /// Empties all waiting mails: none of them is ever sent. Returns their number.
    pub async fn drop_waiting_mails(&self, now: Moment) -> Result<u64, sqlx::Error> {
        self.write(|| {
            sqlx::query(
                "update mails set sealed = '', done_at = $1, failure = 'dropped' where done_at is null and send_at > 0",
            )
            .bind(now)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::FutureExt;

    use super::{Store, enqueue};
    use crate::{
        clock::Moment,
        model::{
            database_url::DatabaseUrl,
            mail::{MailId, OutgoingMail},
        },
        store::{Connections, IfAbsent},
    };

    fn mail(id: &str) -> OutgoingMail {
        let sealed = "sealed".to_owned();
        OutgoingMail { id: MailId(id.to_owned()), user_id: None, purpose: "test", sealed, ticket: None }
    }

    #[tokio::test]
    async fn a_mail_is_there_and_wakes_the_sender_if_its_cause_commits_and_never_if_it_rolls_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = DatabaseUrl::Sqlite(folder.path().join("doorward.db"));
        let connections = Connections { max: 2, notifications: false };
        let store = Store::open(&url, connections, IfAbsent::Create).await.expect("a database");
        let now = Moment(1_000);
        for fails in [false, true] {
            let rolled_back: Result<(), sqlx::Error> = store
                .transaction(|mut transaction| async move {
                    enqueue(&mut transaction, &[mail("one")], now).await?;
                    if fails {
                        return Err(sqlx::Error::RowNotFound);
                    }
                    transaction.roll_back().await
                })
                .await;
            assert_eq!(rolled_back.is_err(), fails);
            assert!(store.due_mails(now.plus(Duration::from_hours(1))).await.expect("a query").is_empty());
            assert!(store.mails_enqueued().now_or_never().is_none());
        }

        store.enqueue_mails(&[mail("two")], now).await.expect("a commit");

        assert_eq!(store.due_mails(now).await.expect("a query"), [MailId("two".into())]);
        assert!(store.mails_enqueued().now_or_never().is_some());
    }
}
