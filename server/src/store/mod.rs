//! The database: SQLite or Postgres, through one SQL text.
//!
//! The rules that make one text do: columns are `text` and `bigint`; every `$n` is bound; no transaction begins with a
//! read; a conditional `update … returning` takes the place of every lock; no constraint is named.

mod attempts;
mod calls;
mod directory;
mod events;
mod keys;
mod operator;
mod over;
mod reset;
mod revocation;
mod sessions;
mod users;

use std::{path::Path, time::Duration};

use sqlx::{
    AnyPool, PgPool,
    any::{AnyPoolOptions, install_default_drivers},
    postgres::PgPoolOptions,
};

/// Nobody waits longer than this for a connection; then the answer is 503.
const PATIENCE: Duration = Duration::from_secs(3);

/// The database with everything that Doorward remembers.
#[derive(Clone, Debug)]
pub struct Store {
    read: AnyPool,
    /// SQLite takes one writer at a time: one connection here makes writers queue instead of failing.
    write: AnyPool,
    /// For one connection that listens to other nodes; none on SQLite.
    calls: Option<PgPool>,
}

pub use calls::Calls;
pub use revocation::Revoked;

impl Store {
    /// Opens `url` and brings its tables up to date.
    pub async fn open(url: &str) -> Result<Self, sqlx::Error> {
        install_default_drivers();
        let store = if let Some(path) = url.strip_prefix("sqlite:") {
            Self::open_sqlite(path).await?
        } else {
            let pool = AnyPoolOptions::new().max_connections(16).acquire_timeout(PATIENCE).connect(url).await?;
            let calls = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE).connect_lazy(url)?;
            Self { read: pool.clone(), write: pool, calls: Some(calls) }
        };
        sqlx::migrate!().run(&store.write).await.map_err(|error| sqlx::Error::Migrate(Box::new(error)))?;
        Ok(store)
    }

    async fn open_sqlite(path: &str) -> Result<Self, sqlx::Error> {
        let path = path.trim_start_matches("//");
        if let Some(folder) = Path::new(path).parent() {
            std::fs::create_dir_all(folder)?;
        }
        let options = || {
            AnyPoolOptions::new().acquire_timeout(PATIENCE).after_connect(|connection, _| {
                Box::pin(async move {
                    // WAL: readers never wait for the writer. With `full`, what was answered survives a power cut (F1).
                    let settings = "pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 3000; \
                                    pragma foreign_keys = on";
                    sqlx::raw_sql(settings).execute(connection).await.map(drop)
                })
            })
        };
        let url = format!("sqlite://{path}?mode=rwc");
        Ok(Self {
            write: options().max_connections(1).connect(&url).await?,
            read: options().max_connections(4).connect(&url).await?,
            calls: None,
        })
    }

    /// Whether other servers work on this database; on SQLite, only the command line does.
    pub fn is_shared(&self) -> bool {
        self.calls.is_some()
    }

    /// Whether the database answers from its tables; without one of them `SQLite` would not even look at its file.
    pub async fn answers(&self) -> Result<(), sqlx::Error> {
        sqlx::query("select generation from keys limit 1").fetch_optional(&self.read).await.map(drop)
    }
}
