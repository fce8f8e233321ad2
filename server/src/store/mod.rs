//! The database: SQLite or Postgres, through one SQL text.
//!
//! The rules that make one text do: columns are `text` and `bigint`; every `$n` is bound; no transaction begins with a
//! read; a conditional `update … returning` takes the place of every lock; no constraint is named.

mod attempts;
mod audit;
mod database_file;
mod keys;
mod notify;
mod sessions;
mod transaction;
mod users;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{
    AnyConnection, AnyPool, Connection, PgPool,
    any::{AnyPoolOptions, install_default_drivers},
    postgres::PgPoolOptions,
};

use self::database_file::DatabaseFile;

/// Maximum wait for a connection; then the answer is 503.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// Maximum wait at a stop for connections that are still in use.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// WAL: readers never wait for the writer. `full`: what was answered survives a power cut. The size limit gives the disk
/// space back after a long-running foreign reader has kept the log from being reused.
const SQLITE_SETTINGS: &str = "pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 3000; \
                               pragma foreign_keys = on; pragma journal_size_limit = 4194304";

/// The database with everything that Doorward remembers.
#[derive(Clone, Debug)]
pub struct Store {
    read: AnyPool,
    /// SQLite takes one writer at a time: one connection here makes writers queue instead of failing.
    write: AnyPool,
    /// For one connection that listens to other nodes; none on SQLite.
    calls: Option<PgPool>,
    /// None on Postgres.
    file: Option<Arc<DatabaseFile>>,
    /// Whether a write has failed since the last one that succeeded.
    write_failed: Arc<AtomicBool>,
}

pub use notify::Notifications;
pub use sessions::Revoked;

impl Store {
    /// Opens `url` and brings its tables up to date.
    pub async fn open(url: &str) -> Result<Self, sqlx::Error> {
        install_default_drivers();
        if let Some(path) = url.strip_prefix("sqlite:") {
            return Self::open_sqlite(Path::new(path.trim_start_matches("//"))).await;
        }
        let pool = AnyPoolOptions::new().max_connections(16).acquire_timeout(ACQUIRE_TIMEOUT).connect(url).await?;
        migrate(&mut *pool.acquire().await?).await?;
        let calls = PgPoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT).connect_lazy(url)?;
        Ok(Self { read: pool.clone(), write: pool, calls: Some(calls), file: None, write_failed: Arc::default() })
    }

    async fn open_sqlite(path: &Path) -> Result<Self, sqlx::Error> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        // Only this connection may create the file. It stays open until the pools have theirs, so the log stays, too.
        let mut first = AnyConnection::connect_with(&database_file::options(path, "rwc")?).await?;
        sqlx::raw_sql(SQLITE_SETTINGS).execute(&mut first).await?;
        migrate(&mut first).await?;
        let file = Arc::new(DatabaseFile::at(path)?);

        let options = database_file::options(path, "rw")?;
        let pool = |connections| {
            let file = file.clone();
            // Connections are kept: a new one could open another file that has taken this one's place.
            let pool = AnyPoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT).idle_timeout(None).max_lifetime(None);
            let pool = pool.max_connections(connections).after_connect(move |connection, _| {
                let file = file.clone();
                Box::pin(async move {
                    sqlx::raw_sql(SQLITE_SETTINGS).execute(connection).await?;
                    DatabaseFile::check(Some(&file)).await
                })
            });
            pool.connect_with(options.clone())
        };
        let (write, read) = (pool(1).await?, pool(4).await?);
        first.close().await?;
        Ok(Self { read, write, calls: None, file: Some(file), write_failed: Arc::default() })
    }

    /// Whether other servers work on this database; on SQLite, only the command line does.
    pub fn is_shared(&self) -> bool {
        self.calls.is_some()
    }

    /// Fails when the SQLite file is no longer the one at its path.
    pub async fn check_file(&self) -> Result<(), sqlx::Error> {
        DatabaseFile::check(self.file.as_ref()).await
    }

    /// Whether a write has failed since the last one that succeeded.
    pub fn write_failed(&self) -> bool {
        self.write_failed.load(Ordering::Relaxed)
    }

    /// Writes a row and reads it through another connection.
    pub async fn check_write(&self) -> Result<(), sqlx::Error> {
        self.try_write().await.inspect_err(|_| self.renew_connections())
    }

    /// Closes connections that are not in use: after a failover, those to the old primary still answer, and refuse every
    /// write. On SQLite there is nothing to fail over to.
    fn renew_connections(&self) {
        while self.is_shared()
            && let Some(mut connection) = self.write.try_acquire()
        {
            connection.close_on_drop();
        }
    }

    async fn try_write(&self) -> Result<(), sqlx::Error> {
        let mut reader = self.read.acquire().await?;
        let mut transaction = self.begin().await?;
        let written: i64 =
            sqlx::query_scalar("update write_probe set writes = writes + 1 where id = 1 returning writes")
                .fetch_one(&mut *transaction)
                .await?;
        transaction.commit().await?;
        // Another node may have written since.
        let read: i64 =
            sqlx::query_scalar("select writes from write_probe where id = 1").fetch_one(&mut *reader).await?;
        // Without keys nothing is served, either.
        sqlx::query("select generation from keys limit 1").fetch_optional(&mut *reader).await?;
        if read < written {
            return Err(sqlx::Error::Protocol(format!(
                "write {written} has not arrived: another connection reads {read}"
            )));
        }
        Ok(())
    }

    /// Closes the database, so that the SQLite file alone holds everything.
    pub async fn close(&self) -> Result<(), sqlx::Error> {
        // A connection that is in use for longer belongs to a request that was cut off.
        drop(tokio::time::timeout(CLOSE_TIMEOUT, self.read.close()).await);
        let checkpointed = match (&self.calls, &self.file) {
            (Some(calls), _) => {
                calls.close().await;
                Ok(())
            }
            (None, _) => self.checkpoint().await,
        };
        drop(tokio::time::timeout(CLOSE_TIMEOUT, self.write.close()).await);
        checkpointed
    }

    /// Moves the write-ahead log into the database file.
    async fn checkpoint(&self) -> Result<(), sqlx::Error> {
        let mut connection = self.write.acquire().await?;
        let (is_blocked, _, _): (i64, i64, i64) =
            sqlx::query_as("pragma wal_checkpoint(truncate)").fetch_one(&mut *connection).await?;
        if is_blocked != 0 {
            return Err(sqlx::Error::Protocol(
                "another process reads the database: its -wal file is still needed".into(),
            ));
        }
        Ok(())
    }
}

async fn migrate(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    sqlx::migrate!().run(connection).await.map_err(|error| sqlx::Error::Migrate(Box::new(error)))
}
