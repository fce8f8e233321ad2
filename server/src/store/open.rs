//! Opens the database. An error is one line for the operator: the key, the place, the reason.

use std::{fmt::Display, path::Path, sync::Arc, time::Duration};

use sqlx::{
    AnyConnection, AnyPool, Connection,
    any::{AnyPoolOptions, install_default_drivers},
    migrate::{Migrate, MigrateError, Migrator},
    postgres::PgConnectOptions,
};
use tokio::{
    sync::Semaphore,
    time::{sleep, timeout},
};

use super::{
    Store,
    database_file::{self, DatabaseFile},
    pool::{self, Pool},
};
use crate::model::database_url::{DatabaseUrl, PostgresUrl};

/// Maximum wait for a connection; then the request gets a 503.
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// Maximum wait for the first connection, with a database that has just been started.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_INTERVAL: Duration = Duration::from_millis(250);

/// WAL: readers never wait for the writer. `full`: an acknowledged write survives a power cut. The size limit returns
/// disk space after a long-running reader in another process has kept the log from being reused.
const SQLITE_SETTINGS: &str = "pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 3000; \
                               pragma foreign_keys = on; pragma journal_size_limit = 4194304";

/// Whether to create a missing database.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IfAbsent {
    /// It is created: only by the server.
    Create,
    /// An error, because a command in the wrong directory would work on an empty database.
    Fail,
}

impl Store {
    /// Connects and runs the migrations.
    pub async fn open(url: &DatabaseUrl, if_absent: IfAbsent) -> Result<Self, String> {
        install_default_drivers();
        match url {
            DatabaseUrl::Sqlite(path) => open_sqlite(path, if_absent).await,
            DatabaseUrl::Postgres(url) => open_postgres(url, if_absent).await,
        }
    }

    /// Connects to see what a start would find, and changes nothing. `None` if there is no database yet.
    pub async fn inspect(url: &DatabaseUrl) -> Result<Option<Self>, String> {
        install_default_drivers();
        let (place, pool, notifications_url) = match url {
            DatabaseUrl::Sqlite(path) => {
                let place = path.display().to_string();
                if !database_file::exists(path).map_err(|reason| line(&place, reason))? {
                    return Ok(None);
                }
                let path = &database_file::resolve(path).map_err(|reason| line(&place, reason))?;
                database_file::check_files(path).map_err(|reason| line(&place, reason))?;
                let lock = database_file::lock_of(path);
                database_file::check_access(&lock, path).map_err(|reason| line(&lock.display().to_string(), reason))?;
                let options = database_file::read_only(path).map_err(|error| line(&place, explain(&error)))?;
                let pool = AnyPoolOptions::new().max_connections(1).connect_lazy_with(options);
                (place, pool, None)
            }
            DatabaseUrl::Postgres(url) => {
                drop(connect(url).await?);
                let lazy = |error: sqlx::Error| line(&place_of(url), explain(&error));
                let pool = AnyPoolOptions::new().max_connections(1).connect_lazy(url.as_str()).map_err(lazy)?;
                (place_of(url), pool, Some(url.as_str().into()))
            }
        };
        let store = Self::new(pool.clone(), pool, notifications_url, None);
        let fail = |error: sqlx::Error| line(&place, explain(&error));
        let is_empty = if store.is_shared() {
            is_empty_postgres(&mut *store.read.acquire().await.map_err(fail)?).await
        } else {
            is_empty_sqlite(&mut *store.read.acquire().await.map_err(fail)?).await
        };
        if is_empty.map_err(fail)? {
            return Ok(None);
        }
        check_migrations(&mut *store.read.acquire().await.map_err(fail)?)
            .await
            .map_err(|reason| line(&place, reason))?;
        Ok(Some(store))
    }

    fn new(
        read: AnyPool,
        write: AnyPool,
        notifications_url: Option<Arc<str>>,
        file: Option<Arc<DatabaseFile>>,
    ) -> Self {
        let for_logins = Arc::new(Semaphore::new(for_logins(read.options().get_max_connections())));
        let durations = pool::durations();
        let write = Pool::new(write, &durations);
        // One pool on Postgres, which counts what waits for it.
        let read = if notifications_url.is_some() { write.clone() } else { Pool::new(read, &durations) };
        Self { read, write, notifications_url, file, write_failed: Arc::default(), for_logins, durations }
    }
}

/// All but a quarter of the connections.
fn for_logins(connections: u32) -> usize {
    (connections - connections.div_ceil(4)).max(1) as usize
}

async fn open_sqlite(path: &Path, if_absent: IfAbsent) -> Result<Store, String> {
    let place = path.display().to_string();
    let file = database_file::resolve(path).map_err(|reason| line(&place, reason))?;
    database_file::prepare(&file, if_absent == IfAbsent::Create).map_err(|reason| line(&place, reason))?;
    open_sqlite_file(path, &file, if_absent).await.map_err(|error| line(&place, explain(&error)))
}

async fn open_sqlite_file(link: &Path, path: &Path, if_absent: IfAbsent) -> Result<Store, sqlx::Error> {
    // It stays open until the pools have connections, so that the log is not replaced in between.
    let mut first = AnyConnection::connect_with(&database_file::options(path, "rw")?).await?;
    if if_absent == IfAbsent::Fail && is_empty_sqlite(&mut first).await? {
        return Err(absent());
    }
    sqlx::raw_sql(SQLITE_SETTINGS).execute(&mut first).await?;
    migrate(&mut first).await?;
    let file = Arc::new(DatabaseFile::at(link, path)?);

    let options = database_file::options(path, "rw")?;
    let pool = |connections| {
        let file = file.clone();
        // Connections never time out: a new one could open another file that has replaced this one.
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
    Ok(Store::new(read, write, None, Some(file)))
}

async fn open_postgres(url: &PostgresUrl, if_absent: IfAbsent) -> Result<Store, String> {
    let fail = |error: sqlx::Error| line(&place_of(url), explain(&error));
    // The pool would hide why the first connection fails.
    let mut first = connect(url).await?;
    if if_absent == IfAbsent::Fail && is_empty_postgres(&mut first).await.map_err(fail)? {
        return Err(fail(absent()));
    }
    migrate(&mut first).await.map_err(fail)?;
    drop(first.close().await);
    let pool = AnyPoolOptions::new().max_connections(16).acquire_timeout(ACQUIRE_TIMEOUT);
    let pool = pool.connect(url.as_str()).await.map_err(fail)?;
    Ok(Store::new(pool.clone(), pool, Some(url.as_str().into()), None))
}

/// Opens the first connection. A server that is just starting is given a few seconds.
async fn connect(url: &PostgresUrl) -> Result<AnyConnection, String> {
    let mut last_error = None;
    let connecting = async {
        loop {
            match AnyConnection::connect(url.as_str()).await {
                Err(error) if is_starting(&error) => last_error = Some(error),
                connected => return connected,
            }
            sleep(CONNECT_INTERVAL).await;
        }
    };
    let outcome = timeout(CONNECT_TIMEOUT, connecting).await;
    match outcome {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(error)) => Err(line(&place_of(url), explain(&error))),
        Err(_) => {
            let no_response = || format!("no response within {} s", CONNECT_TIMEOUT.as_secs());
            Err(line(&place_of(url), last_error.map_or_else(no_response, |error| explain(&error))))
        }
    }
}

/// Whether the server may accept connections in a moment: refused, or `cannot_connect_now`.
fn is_starting(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        sqlx::Error::Database(error) => error.code().as_deref() == Some("57P03"),
        _ => false,
    }
}

/// Host, port and database, without the password.
fn place_of(url: &PostgresUrl) -> String {
    let Ok(options) = url.as_str().parse::<PgConnectOptions>() else { return "postgres".into() };
    let database = options.get_database().unwrap_or_default();
    match options.get_socket() {
        Some(socket) => format!("postgres at {}/{database}", socket.display()),
        None => format!("postgres at {}:{}/{database}", options.get_host(), options.get_port()),
    }
}

fn line(place: &str, reason: impl Display) -> String {
    format!("database_url: {place}: {reason}")
}

fn absent() -> sqlx::Error {
    sqlx::Error::Protocol("has not been used yet; `doorward serve` prepares it".into())
}

/// The reason alone, in one line.
pub(super) fn explain(error: &sqlx::Error) -> String {
    let reason = match error {
        // SQLITE_NOTADB
        sqlx::Error::Database(error) if error.code().as_deref() == Some("26") => "is not an SQLite database".into(),
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::Protocol(reason) => reason.clone(),
        sqlx::Error::Configuration(reason) => reason.to_string(),
        sqlx::Error::PoolTimedOut => "no connection within 3 s".into(),
        sqlx::Error::Migrate(error) => explain_migration(error),
        error => error.to_string(),
    };
    reason.replace('\n', " ")
}

fn explain_migration(error: &MigrateError) -> String {
    match error {
        MigrateError::VersionMissing(version) => newer(*version),
        MigrateError::VersionMismatch(version) => altered(*version),
        MigrateError::Dirty(version) => interrupted(*version),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => explain(error),
        error => error.to_string(),
    }
}

fn newer(version: i64) -> String {
    format!("has been used by a newer version of Doorward (migration {version}); start that one")
}

fn interrupted(version: i64) -> String {
    format!("its migration {version} was interrupted; restore the database from a backup")
}

fn altered(version: i64) -> String {
    format!("has another migration {version} than this version of Doorward")
}

async fn migrate(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    MIGRATOR.run(&mut *connection).await.map_err(|error| sqlx::Error::Migrate(Box::new(error)))?;
    check_tables(connection).await
}

/// Whether all tables are there and can be read.
async fn check_tables(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    const TABLES: &str = "select 1 from users where 1 = 0; select 1 from sessions where 1 = 0; \
                          select 1 from keys where 1 = 0; select 1 from secrets where 1 = 0; \
                          select 1 from attempts where 1 = 0; select 1 from events where 1 = 0; \
                          select 1 from write_probe where 1 = 0; select 1 from server_state where 1 = 0; \
                          select 1 from user_search_terms where 1 = 0";
    sqlx::raw_sql(TABLES).execute(connection).await.map(drop)
}

static MIGRATOR: Migrator = sqlx::migrate!();

/// Whether [`migrate`] would accept the database.
pub(super) async fn check_migrations(connection: &mut AnyConnection) -> Result<(), String> {
    let dirty = connection.dirty_version(&MIGRATOR.table_name).await;
    if let Some(version) = dirty.map_err(|error| explain_migration(&error))? {
        return Err(interrupted(version));
    }
    let applied = connection.list_applied_migrations(&MIGRATOR.table_name).await;
    let applied = applied.map_err(|error| explain_migration(&error))?;
    let is_complete = applied.len() == MIGRATOR.iter().count();
    for applied in applied {
        match MIGRATOR.iter().find(|known| known.version == applied.version) {
            None => return Err(newer(applied.version)),
            Some(known) if known.checksum != applied.checksum => return Err(altered(applied.version)),
            Some(_) => {}
        }
    }
    // The missing migrations make the missing tables.
    if is_complete { check_tables(connection).await.map_err(|error| explain(&error)) } else { Ok(()) }
}

pub(super) async fn is_empty_sqlite(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    let tables: i64 = sqlx::query_scalar("select count(*) from sqlite_master where name = '_sqlx_migrations'")
        .fetch_one(connection)
        .await?;
    Ok(tables == 0)
}

async fn is_empty_postgres(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    let table: String =
        sqlx::query_scalar("select coalesce(to_regclass('_sqlx_migrations')::text, '')").fetch_one(connection).await?;
    Ok(table.is_empty())
}
