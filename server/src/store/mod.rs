//! The database: SQLite or Postgres, through one SQL text.
//!
//! The rules that make one text work on both: columns are `text` and `bigint`; every `$n` is bound; no transaction
//! begins with a read; a conditional `update … returning` replaces every explicit lock; no constraint is referred to by
//! name. Every write is in a `Store::transaction`, which is repeated after a conflict and so has no effects but SQL.

mod attempts;
mod audit;
mod audit_log;
mod backup;
mod conflict;
mod database_file;
mod deleted_users;
mod diagnosis;
mod explain;
mod export;
mod invitations;
mod keys;
mod listen;
mod mail_claims;
mod mail_limits;
mod mails;
mod migrations;
mod notices;
mod notify;
mod open;
mod passkey_uses;
mod passkeys;
mod pending_logins;
mod pool;
mod probe;
mod recovery_codes;
mod registrations;
mod replacement;
mod search_terms;
mod second_factors;
mod server_lock;
mod server_state;
mod sessions;
mod temporary_file;
mod tickets;
mod totp_seeds;
mod transaction;
mod used_challenges;
mod user_search;
mod user_summaries;
mod users;

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use tokio::sync::{Notify, RwLock, Semaphore, SemaphorePermit};

use self::{database_file::DatabaseFile, notify::Notifier, pool::Pool};
use crate::model::database_url::PostgresUrl;

/// Maximum wait at shutdown for connections in use.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Clone, Debug)]
pub struct Store {
    read: Pool,
    /// SQLite allows one writer at a time: with a single connection, writers queue instead of failing.
    write: Pool,
    /// Whether other nodes may use this database.
    is_shared: bool,
    /// For the connection that listens to notifications from other nodes; none where there are no notifications.
    listen_url: Option<Arc<PostgresUrl>>,
    notifier: Option<Arc<Notifier>>,
    /// None on Postgres.
    file: Option<Arc<DatabaseFile>>,
    /// Whether a write has failed since the last one that succeeded.
    write_failed: Arc<AtomicBool>,
    /// Transactions share it, and one that is repeated has it alone.
    retry_lock: Arc<RwLock<()>>,
    /// The connections that logins and registrations may use at the same time.
    for_logins: Arc<Semaphore>,
    /// Wakes the sender on this node.
    mails_enqueued: Arc<Notify>,
    durations: Durations,
}

pub use backup::{BackupContents, back_up, copy_backup, inspect_backup};
pub use diagnosis::Diagnosis;
pub use listen::Notifications;
pub use open::{Connections, IfAbsent};
pub use passkeys::PasskeyRename;
pub use pool::{Durations, PoolStatus};
pub use replacement::replace_database;
pub use server_lock::ServerLock;
pub use sessions::{
    ConfirmOutcome, Confirmation, EmailChangeOutcome, EmailUndoOutcome, EmailVerificationOutcome, FactorResetOutcome,
    FactorSetup, FactorSetupOutcome, LoginOutcome, NewAccount, NewDeletion, NewEmail, NewFactorReset, NewLogin,
    NewPassword, PasskeyAddition, PasskeyRemoval, ResetOutcome, RevokeOutcome, RolesChange, UserChange,
    WrongConfirmation,
};
pub use temporary_file::TemporaryFile;

impl Store {
    /// Held during a query of a login or registration: a flood of them leaves connections to refreshes.
    async fn login_permit(&self) -> Result<SemaphorePermit<'_>, sqlx::Error> {
        self.for_logins.acquire().await.map_err(|_| sqlx::Error::PoolClosed)
    }

    /// Whether other nodes may use this database. A SQLite file has one server; only the command line uses it, too.
    pub fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// The connections at this moment. Postgres has one pool; SQLite has one to read and one to write.
    pub fn pools(&self) -> Vec<PoolStatus> {
        if self.is_shared() {
            return vec![self.write.status("all")];
        }
        vec![self.read.status("read"), self.write.status("write")]
    }

    pub fn durations(&self) -> &Durations {
        &self.durations
    }

    /// Fails when the SQLite file is no longer the one at its path.
    pub async fn check_file(&self) -> Result<(), sqlx::Error> {
        DatabaseFile::check(self.file.as_ref()).await
    }

    /// Closes idle connections: after a failover, those to the old primary still work, but reject every write. SQLite
    /// has no failover.
    fn renew_connections(&self) {
        while self.is_shared()
            && let Some(mut connection) = self.write.try_acquire()
        {
            connection.close_on_drop();
        }
    }

    /// Closes the database. The SQLite file is complete then, without its write-ahead log.
    pub async fn close(&self) -> Result<(), sqlx::Error> {
        if let Some(notifier) = &self.notifier {
            // Other nodes would notice by polling, a little later.
            drop(notifier.flush().await);
        }
        // A connection in use for longer belongs to a request that was aborted.
        drop(tokio::time::timeout(CLOSE_TIMEOUT, self.read.close()).await);
        let checkpointed = if self.is_shared() { Ok(()) } else { self.checkpoint().await };
        drop(tokio::time::timeout(CLOSE_TIMEOUT, self.write.close()).await);
        checkpointed
    }

    /// Writes the write-ahead log into the database file.
    async fn checkpoint(&self) -> Result<(), sqlx::Error> {
        let mut connection = self.write.acquire().await?;
        let (is_blocked, _, _): (i64, i64, i64) =
            sqlx::query_as("pragma wal_checkpoint(truncate)").fetch_one(&mut *connection).await?;
        if is_blocked != 0 {
            return Err(sqlx::Error::Protocol(
                "another process is reading the database: its -wal file is still needed".into(),
            ));
        }
        Ok(())
    }
}
