//! Write transactions: an acknowledged write has been committed, a conflict is retried, and a connection that failed is never
//! reused.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use sqlx::{Any, AnyConnection, any::AnyArguments, pool::PoolConnection, query::Query};
use tokio::{
    sync::{Mutex, OwnedMutexGuard, RwLockReadGuard, RwLockWriteGuard},
    time::timeout,
};

use super::{
    Store,
    audit_log::RecordedEvent,
    conflict::{is_conflict, may_repeat, pause_before_repeating},
    open::ACQUIRE_TIMEOUT,
};
use crate::clock::{Clock, Moment};

/// Maximum wait of a repeated transaction for those that run. One of them may hang, at a lock of another node.
const MAX_ALONE_WAIT: Duration = Duration::from_millis(500);

/// The share of a transaction in the retry lock.
#[expect(dead_code, reason = "held, not read")]
enum Share<'a> {
    Beside(RwLockReadGuard<'a, ()>),
    Alone(RwLockWriteGuard<'a, ()>),
}

/// The only access to the connection of a write.
pub(super) struct Transaction(OwnedMutexGuard<Lease>);

/// Closes its connection when it is dropped with an open transaction, as when a request is canceled.
///
/// sqlx's own transactions cannot be used here. sqlx counts the nesting depth: at 0 it sends `begin`, above it a
/// savepoint. When SQLite fails to commit because of a full disk or an I/O error, it rolls back automatically. Then sqlx's
/// `rollback` fails, the depth stays at 1, and every later "transaction" on that connection is a savepoint inside one
/// that is never committed: acknowledged, but lost. So we send the statements ourselves: `begin` fails on a connection
/// that is not in autocommit, `commit` is always the outermost, and a connection with any failure but a conflict is closed
/// instead of reused.
struct Lease {
    connection: PoolConnection<Any>,
    store: Store,
    is_open: bool,
    /// When the caller began to wait.
    started: Clock,
    /// Logged once the transaction has been committed.
    events: Vec<RecordedEvent>,
    /// The earliest moment of which other nodes are notified after the commit.
    notify: Option<Moment>,
    /// Whether there are mails to send after the commit.
    has_mails: bool,
}

impl Store {
    /// Runs a transaction: `work` gets it, and ends it with [`Transaction::commit`] or [`Transaction::roll_back`]. It runs again
    /// after a conflict with another transaction, so it must have no effects but SQL.
    ///
    /// A repeated one runs alone on its node, if the others finish soon: under load it would conflict again and again, until
    /// it gives up.
    pub(super) async fn transaction<T, F>(&self, work: impl Fn(Transaction) -> F) -> Result<T, sqlx::Error>
    where
        F: Future<Output = Result<T, sqlx::Error>>,
    {
        let started = Clock::system();
        let mut attempts = 1;
        loop {
            let share = self.share(attempts).await?;
            let lease = Arc::new(Mutex::new(self.begin(&started).await?));
            let done = work(Transaction(lease.clone().lock_owned().await)).await;
            match done {
                Ok(_) if lease.lock().await.is_open => {
                    return Err(sqlx::Error::Protocol("a transaction was neither committed nor rolled back".into()));
                }
                Err(error) if is_conflict(&error) => {
                    lease.lock().await.roll_back().await?;
                    if !may_repeat(&error, attempts) {
                        return Err(error);
                    }
                }
                done => return done,
            }
            // Others may use the connection meanwhile.
            drop((lease, share));
            pause_before_repeating(&mut attempts).await;
        }
    }

    /// Runs one statement in a transaction of its own. Returns the number of rows that it has written.
    pub(super) async fn write<'q>(
        &self,
        statement: impl Fn() -> Query<'q, Any, AnyArguments> + Sync,
    ) -> Result<u64, sqlx::Error> {
        let statement = &statement;
        self.transaction(|mut transaction| async move {
            let written = statement().execute(&mut *transaction).await?;
            transaction.commit().await?;
            Ok(written.rows_affected())
        })
        .await
    }

    /// `None` for a repeated transaction that runs beside others after all.
    async fn share(&self, attempt: u32) -> Result<Option<Share<'_>>, sqlx::Error> {
        if attempt == 1 {
            let waiting = timeout(ACQUIRE_TIMEOUT, self.retry_lock.read());
            return waiting.await.map(|guard| Some(Share::Beside(guard))).map_err(|_| sqlx::Error::PoolTimedOut);
        }
        let waiting = timeout(MAX_ALONE_WAIT, self.retry_lock.write());
        Ok(waiting.await.map(Share::Alone).ok())
    }

    async fn begin(&self, started: &Clock) -> Result<Lease, sqlx::Error> {
        let mut lease = self.begin_unchecked(started).await?;
        if self.is_shared() && lease.is_read_only().await? {
            // A connection from before a failover. Idle ones are probably from before it, too.
            drop(lease);
            self.renew_connections();
            lease = self.begin_unchecked(started).await?;
        }
        Ok(lease)
    }

    async fn begin_unchecked(&self, started: &Clock) -> Result<Lease, sqlx::Error> {
        let acquired = async {
            self.check_file().await?;
            self.write.acquire().await
        };
        let connection = acquired.await.inspect_err(|_| self.write_failed.store(true, Ordering::Relaxed))?;
        let (store, started) = (self.clone(), started.clone());
        let mut lease =
            Lease { connection, store, is_open: true, started, events: vec![], notify: None, has_mails: false };
        sqlx::raw_sql("begin").execute(&mut *lease.connection).await?;
        Ok(lease)
    }
}

impl Lease {
    /// Whether Postgres rejects writes on this connection: a standby, or `default_transaction_read_only`.
    async fn is_read_only(&mut self) -> Result<bool, sqlx::Error> {
        // Unlike a `select`, it takes no snapshot, which under `serializable` would begin before the first write.
        let setting: String = sqlx::query_scalar("show transaction_read_only").fetch_one(&mut *self.connection).await?;
        Ok(setting == "on")
    }

    async fn roll_back(&mut self) -> Result<(), sqlx::Error> {
        sqlx::raw_sql("rollback").execute(&mut *self.connection).await?;
        self.is_open = false;
        Ok(())
    }
}

impl Transaction {
    /// After `Ok`, the writes are in the database file that other processes open at this path.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        let lease = &mut *self.0;
        sqlx::raw_sql("commit").execute(&mut *lease.connection).await?;
        // A commit to a deleted file succeeds, but the data is lost.
        lease.store.check_file().await?;
        lease.is_open = false;
        if lease.store.write_failed.swap(false, Ordering::Relaxed) {
            lease.store.renew_connections();
        }
        if let (Some(notifier), Some(moment)) = (&lease.store.notifier, lease.notify) {
            notifier.notify(moment);
        }
        if lease.has_mails {
            lease.store.mails_enqueued.notify_one();
        }
        lease.events.iter().for_each(RecordedEvent::log);
        let durations = lease.store.durations.get_or_create(&[("operation", "transaction")]);
        durations.observe(lease.started.uptime().as_secs_f64());
        Ok(())
    }

    /// Adds an event that is to be logged after the commit.
    pub fn log_after_commit(&mut self, event: RecordedEvent) {
        self.0.events.push(event);
    }

    /// For the expected end of a transaction that has found nothing to do.
    pub async fn roll_back(mut self) -> Result<(), sqlx::Error> {
        self.0.roll_back().await
    }

    /// Notifies the other nodes of a change at `now`, once it has been committed.
    pub fn notify_after_commit(&mut self, now: Moment) {
        let earliest = self.0.notify.map_or(now, |earliest| earliest.min(now));
        self.0.notify = Some(earliest);
    }

    /// Wakes the sender of mails on this node, once the transaction has been committed.
    pub fn wake_sender_after_commit(&mut self) {
        self.0.has_mails = true;
    }
}

impl Deref for Transaction {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.0.connection
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.0.connection
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.is_open {
            self.store.write_failed.store(true, Ordering::Relaxed);
            self.connection.close_on_drop();
        }
    }
}
