//! Opens the database. An error is one line for the operator: the key, the place, the reason.

use std::{path::Path, sync::Arc, time::Duration};

use sqlx::{
    AnyConnection, AnyPool, Connection,
    any::{AnyPoolOptions, install_default_drivers},
};
use tokio::{
    sync::Semaphore,
    time::{sleep, timeout},
};

use super::{
    Store,
    database_file::{self, DatabaseFile},
    explain::{explain, has_code, line, place_of},
    migrations::{self, SchemaError},
    notify::Notifier,
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

/// Whether to create a missing database, and to upgrade one that lacks migrations.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IfAbsent {
    /// It is created or upgraded: only by the server and `doorward migrate`.
    Create,
    /// An error, because a command in the wrong directory would work on an empty database, and one of a newer version would
    /// upgrade that of a running server.
    Fail,
}

/// The connections of a node to Postgres. SQLite has a fixed number.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    /// Without the one that listens to notifications.
    pub max: u32,
    pub notifications: bool,
}

impl Store {
    /// Connects, and creates the schema or runs the missing migrations.
    pub async fn open(url: &DatabaseUrl, connections: Connections, if_absent: IfAbsent) -> Result<Self, String> {
        install_default_drivers();
        match url {
            DatabaseUrl::Sqlite(path) => open_sqlite(path, if_absent).await,
            DatabaseUrl::Postgres(url) => open_postgres(url, connections, if_absent).await,
        }
    }

    /// Creates the schema or runs the missing migrations, and returns their versions.
    pub async fn migrate(url: &DatabaseUrl) -> Result<Vec<i64>, String> {
        Self::prepare(url, IfAbsent::Create).await
    }

    /// An error if there is no schema or migrations are missing.
    pub async fn require_migrations(url: &DatabaseUrl) -> Result<(), String> {
        Self::prepare(url, IfAbsent::Fail).await.map(drop)
    }

    async fn prepare(url: &DatabaseUrl, if_absent: IfAbsent) -> Result<Vec<i64>, String> {
        install_default_drivers();
        let (place, mut connection) = match url {
            DatabaseUrl::Sqlite(path) => {
                let place = path.display().to_string();
                let connection = connect_sqlite(path, if_absent).await.map_err(|reason| line(&place, reason))?;
                (place, connection)
            }
            DatabaseUrl::Postgres(url) => (place_of(url), connect(url).await?),
        };
        let prepared = prepare(&mut connection, if_absent).await.map_err(|error| line(&place, error.reason()))?;
        connection.close().await.map_err(|error| line(&place, explain(&error)))?;
        Ok(prepared)
    }

    /// Connects to see what a start would find, and changes nothing. `None` if there is no database yet.
    pub async fn inspect(url: &DatabaseUrl) -> Result<Option<Self>, String> {
        install_default_drivers();
        let (place, pool, is_shared) = match url {
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
                (place, pool, false)
            }
            DatabaseUrl::Postgres(url) => {
                drop(connect(url).await?);
                let lazy = |error: sqlx::Error| line(&place_of(url), explain(&error));
                let pool = AnyPoolOptions::new().max_connections(1).acquire_timeout(ACQUIRE_TIMEOUT);
                let pool = pool.connect_lazy(url.as_str()).map_err(lazy)?;
                (place_of(url), pool, true)
            }
        };
        let store = Self::new(pool.clone(), pool, is_shared, None);
        let fail = |error: sqlx::Error| line(&place, explain(&error));
        let mut connection = store.read.acquire().await.map_err(fail)?;
        if migrations::is_empty(&mut connection).await.map_err(fail)? {
            return Ok(None);
        }
        migrations::check(&mut connection).await.map_err(|error| line(&place, error.reason()))?;
        drop(connection);
        Ok(Some(store))
    }

    fn new(read: AnyPool, write: AnyPool, is_shared: bool, file: Option<Arc<DatabaseFile>>) -> Self {
        let for_logins = Arc::new(Semaphore::new(for_logins(read.options().get_max_connections())));
        let durations = pool::durations();
        let write = Pool::new(write, &durations);
        // One pool on Postgres, which counts what waits for it.
        let read = if is_shared { write.clone() } else { Pool::new(read, &durations) };
        Self {
            read,
            write,
            is_shared,
            listen_url: None,
            notifier: None,
            file,
            write_failed: Arc::default(),
            retry_lock: Arc::default(),
            for_logins,
            mails_enqueued: Arc::default(),
            durations,
        }
    }
}

/// All but a quarter of the connections.
fn for_logins(connections: u32) -> usize {
    (connections - connections.div_ceil(4)).max(1) as usize
}

/// Opens the first connection to an SQLite file.
async fn connect_sqlite(path: &Path, if_absent: IfAbsent) -> Result<AnyConnection, String> {
    let file = database_file::resolve(path)?;
    database_file::prepare(&file, if_absent == IfAbsent::Create)?;
    let connected = async {
        let mut connection = AnyConnection::connect_with(&database_file::options(&file, "rw")?).await?;
        sqlx::raw_sql(SQLITE_SETTINGS).execute(&mut connection).await?;
        Ok(connection)
    };
    connected.await.map_err(|error: sqlx::Error| explain(&error))
}

async fn open_sqlite(path: &Path, if_absent: IfAbsent) -> Result<Store, String> {
    let place = path.display().to_string();
    // It stays open until the pools have connections, so that the log is not replaced in between.
    let mut first = connect_sqlite(path, if_absent).await.map_err(|reason| line(&place, reason))?;
    prepare(&mut first, if_absent).await.map_err(|error| line(&place, error.reason()))?;
    let store = open_sqlite_pools(path).await.map_err(|error| line(&place, explain(&error)))?;
    first.close().await.map_err(|error| line(&place, explain(&error)))?;
    Ok(store)
}

async fn open_sqlite_pools(link: &Path) -> Result<Store, sqlx::Error> {
    let path = &database_file::resolve(link).map_err(sqlx::Error::Protocol)?;
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
    Ok(Store::new(read, write, false, Some(file)))
}

async fn open_postgres(url: &PostgresUrl, connections: Connections, if_absent: IfAbsent) -> Result<Store, String> {
    let fail = |error: sqlx::Error| line(&place_of(url), explain(&error));
    // The pool would hide why the first connection fails.
    let mut first = connect(url).await?;
    prepare(&mut first, if_absent).await.map_err(|error| line(&place_of(url), error.reason()))?;
    let Connections { max, notifications } = connections;
    // One sends notifications.
    let max_connections = if notifications { max - 1 } else { max };
    let pool = AnyPoolOptions::new().max_connections(max_connections).acquire_timeout(ACQUIRE_TIMEOUT);
    let pool = pool.connect(url.as_str()).await.map_err(fail)?;
    // While the first connection is open: behind a pooler that gives both the same one, their prepared statements collide.
    sqlx::query("select 1").execute(&pool).await.map_err(fail)?;
    drop(first.close().await);
    let mut store = Store::new(pool.clone(), pool, true, None);
    if notifications {
        let url = Arc::new(url.clone());
        store.listen_url = Some(url.clone());
        store.notifier = Some(Arc::new(Notifier::start(url)));
    }
    Ok(store)
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
        error => has_code(error, &["57P03"]),
    }
}

fn absent() -> SchemaError {
    SchemaError::Refused("has not been used yet; `doorward serve` or `doorward migrate` prepares it".into())
}

/// Creates or upgrades the schema, or requires that it is there. Returns the versions of the migrations that were applied.
async fn prepare(connection: &mut AnyConnection, if_absent: IfAbsent) -> Result<Vec<i64>, SchemaError> {
    match if_absent {
        IfAbsent::Create => migrations::run(connection).await,
        IfAbsent::Fail if migrations::is_empty(connection).await? => Err(absent()),
        IfAbsent::Fail => migrations::require(connection).await.map(|()| vec![]),
    }
}
