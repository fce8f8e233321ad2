//! Write transactions: an acknowledged write has been committed, and a connection that failed is never reused.

use std::{
    ops::{Deref, DerefMut},
    sync::atomic::Ordering,
};

use sqlx::{Any, AnyConnection, pool::PoolConnection};

use super::{Store, audit_log::RecordedEvent};
use crate::clock::Clock;

/// Closes its connection when it is dropped without [`commit`](Self::commit) or [`roll_back`](Self::roll_back), as
/// every `?` does.
///
/// sqlx's own transactions cannot be used here. sqlx counts the nesting depth: at 0 it sends `begin`, above it a
/// savepoint. When SQLite fails to commit because of a full disk or an I/O error, it rolls back automatically. Then sqlx's
/// `rollback` fails, the depth stays at 1, and every later "transaction" on that connection is a savepoint inside one
/// that is never committed: acknowledged, but lost. So we send the statements ourselves: `begin` fails on a connection
/// that is not in autocommit, `commit` is always the outermost, and a connection with any failure is closed instead of
/// reused.
pub(super) struct Transaction {
    connection: PoolConnection<Any>,
    store: Store,
    is_open: bool,
    started: Clock,
    /// Logged once the transaction has been committed.
    events: Vec<RecordedEvent>,
}

impl Store {
    pub(super) async fn begin(&self) -> Result<Transaction, sqlx::Error> {
        let mut transaction = self.begin_unchecked().await?;
        if self.is_shared() && transaction.is_read_only().await? {
            // A connection from before a failover. Idle ones are probably from before it, too.
            drop(transaction);
            self.renew_connections();
            transaction = self.begin_unchecked().await?;
        }
        Ok(transaction)
    }

    async fn begin_unchecked(&self) -> Result<Transaction, sqlx::Error> {
        let started = Clock::system();
        let acquired = async {
            self.check_file().await?;
            self.write.acquire().await
        };
        let connection = acquired.await.inspect_err(|_| self.write_failed.store(true, Ordering::Relaxed))?;
        let mut transaction = Transaction { connection, store: self.clone(), is_open: true, started, events: vec![] };
        sqlx::raw_sql("begin").execute(&mut *transaction).await?;
        Ok(transaction)
    }
}

impl Transaction {
    /// Whether Postgres rejects writes on this connection: a standby, or `default_transaction_read_only`.
    async fn is_read_only(&mut self) -> Result<bool, sqlx::Error> {
        let setting: String =
            sqlx::query_scalar("select current_setting('transaction_read_only')").fetch_one(&mut **self).await?;
        Ok(setting == "on")
    }

    /// After `Ok`, the writes are in the database file that other processes open at this path.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        sqlx::raw_sql("commit").execute(&mut *self).await?;
        // A commit to a deleted file succeeds, but the data is lost.
        self.store.check_file().await?;
        self.is_open = false;
        if self.store.write_failed.swap(false, Ordering::Relaxed) {
            self.store.renew_connections();
        }
        self.events.iter().for_each(RecordedEvent::log);
        let durations = self.store.durations.get_or_create(&[("operation", "transaction")]);
        durations.observe(self.started.uptime().as_secs_f64());
        Ok(())
    }

    /// Adds an event that is to be logged after the commit.
    pub fn log_after_commit(&mut self, event: RecordedEvent) {
        self.events.push(event);
    }

    /// For the expected end of a transaction that has found nothing to do.
    pub async fn roll_back(mut self) -> Result<(), sqlx::Error> {
        sqlx::raw_sql("rollback").execute(&mut *self).await?;
        self.is_open = false;
        Ok(())
    }
}

impl Deref for Transaction {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.connection
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.connection
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.is_open {
            self.store.write_failed.store(true, Ordering::Relaxed);
            self.connection.close_on_drop();
        }
    }
}
