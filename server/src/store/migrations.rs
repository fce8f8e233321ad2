//! The schema. Migrations only add, so that the previous version works beside a newer one and can be put back: migrations
//! that this version does not know are ignored, unless the database says that it is too old (`oldest_reader`).
//!
//! sqlx reads the files and has the format of the table `_sqlx_migrations`; it would take an advisory lock, which not every
//! engine has and which a connection pooler can strand. Here the primary key of that table decides: each migration first
//! inserts its row, so of any number of processes one applies it, and the others wait for its commit.

use std::time::Duration;

use sqlx::{
    AnyConnection,
    migrate::{Migrate, MigrateError, Migration, Migrator},
};
use tokio::time::sleep;

use super::explain::{explain, has_code};

static MIGRATOR: Migrator = sqlx::migrate!();

/// On Postgres, all readers of the table queue up behind a migration that waits for its lock.
const LOCK_TIMEOUT: &str = "set local lock_timeout = '5s'";

/// With the timeout above, a minute.
const MAX_ATTEMPTS: u32 = 12;
const RETRY_INTERVAL: Duration = Duration::from_millis(250);

/// Of Postgres: `lock_not_available`, `serialization_failure`, `deadlock_detected`, `unique_violation` and `duplicate_table`,
/// the last two when another process is faster. Of SQLite: `SQLITE_BUSY` and the primary key.
const RETRIED: [&str; 7] = ["55P03", "40001", "40P01", "23505", "42P07", "5", "1555"];

/// `undefined_table` of Postgres. SQLite has one code for all errors in a statement.
const MISSING_TABLE: [&str; 1] = ["42P01"];

/// Why a database is refused, or the fault that kept it from being checked or changed.
pub(super) enum SchemaError {
    Refused(String),
    Database(sqlx::Error),
}

impl From<sqlx::Error> for SchemaError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<MigrateError> for SchemaError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Self::Database(error),
            error => Self::Refused(error.to_string()),
        }
    }
}

impl SchemaError {
    pub fn reason(self) -> String {
        match self {
            Self::Refused(reason) => reason,
            Self::Database(error) => explain(&error),
        }
    }

    fn is_temporary(&self) -> bool {
        let Self::Database(error) = self else { return false };
        has_code(error, &RETRIED)
    }
}

/// Applies the migrations that the database lacks and returns their versions. Where none is missing, nothing is written.
pub(super) async fn run(connection: &mut AnyConnection) -> Result<Vec<i64>, SchemaError> {
    let mut applied = Vec::new();
    let mut attempts = 1;
    loop {
        match apply_missing(connection, &mut applied).await {
            Err(error) if attempts < MAX_ATTEMPTS && error.is_temporary() => {
                if attempts == 1 {
                    tracing::info!("a migration waits for another process; retrying for a minute");
                }
                attempts += 1;
                sleep(RETRY_INTERVAL).await;
            }
            done => return done.map(|()| applied),
        }
    }
}

async fn apply_missing(connection: &mut AnyConnection, applied: &mut Vec<i64>) -> Result<(), SchemaError> {
    if is_empty(connection).await? {
        connection.ensure_migrations_table(&MIGRATOR.table_name).await?;
    }
    for migration in missing(connection).await? {
        apply(connection, migration).await?;
        applied.push(migration.version);
    }
    Ok(check_tables(connection).await?)
}

async fn apply(connection: &mut AnyConnection, migration: &Migration) -> Result<(), sqlx::Error> {
    let is_postgres = is_postgres(connection);
    // SQLite cannot turn a transaction that has read into one that writes while another one writes.
    sqlx::raw_sql(if is_postgres { "begin" } else { "begin immediate" }).execute(&mut *connection).await?;
    let applied = async {
        if is_postgres {
            sqlx::raw_sql(LOCK_TIMEOUT).execute(&mut *connection).await?;
        }
        // First: this is the lock.
        sqlx::query(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
             values ($1, $2, true, $3, -1)",
        )
        .bind(migration.version)
        .bind(migration.description.as_ref())
        .bind(migration.checksum.to_vec())
        .execute(&mut *connection)
        .await?;
        sqlx::raw_sql(migration.sql.clone()).execute(&mut *connection).await?;
        sqlx::raw_sql("commit").execute(&mut *connection).await
    };
    let applied = applied.await;
    if applied.is_err() {
        // Fails where SQLite has rolled back by itself.
        drop(sqlx::raw_sql("rollback").execute(connection).await);
    }
    applied.map(drop)
}

/// Whether the schema is one that this version works with. An error otherwise; what is missing can be added.
pub(super) async fn check(connection: &mut AnyConnection) -> Result<(), SchemaError> {
    // The missing migrations make the missing tables.
    if missing(connection).await?.is_empty() {
        check_tables(connection).await?;
    }
    Ok(())
}

/// An error as of [`check`], or if migrations are missing.
pub(super) async fn require(connection: &mut AnyConnection) -> Result<(), SchemaError> {
    if let Some(first) = missing(connection).await?.first() {
        let version = first.version;
        return Err(SchemaError::Refused(format!(
            "lacks migration {version} of this version of Doorward; run `doorward migrate`"
        )));
    }
    Ok(check_tables(connection).await?)
}

/// The migrations of this version that have not been applied, in their order.
async fn missing(connection: &mut AnyConnection) -> Result<Vec<&'static Migration>, SchemaError> {
    if let Some(version) = connection.dirty_version(&MIGRATOR.table_name).await? {
        return Err(SchemaError::Refused(format!(
            "its migration {version} was interrupted; restore the database from a backup"
        )));
    }
    let applied = connection.list_applied_migrations(&MIGRATOR.table_name).await?;
    let mut missing = Vec::new();
    for known in MIGRATOR.iter() {
        match applied.iter().find(|applied| applied.version == known.version) {
            None => missing.push(known),
            Some(applied) if applied.checksum != known.checksum => return Err(altered(known.version)),
            Some(_) => {}
        }
    }
    if !applied.is_empty() {
        check_oldest_reader(connection).await?;
    }
    Ok(missing)
}

fn newest_known() -> i64 {
    MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or_default()
}

async fn check_oldest_reader(connection: &mut AnyConnection) -> Result<(), SchemaError> {
    let oldest = sqlx::query_scalar("select value from server_state where name = 'oldest_reader'")
        .fetch_optional(connection)
        .await;
    let oldest: Option<String> = match oldest {
        Err(error) if has_code(&error, &MISSING_TABLE) => return Err(of_another_application()),
        oldest => oldest?,
    };
    let invalid = || SchemaError::Refused("`oldest_reader` in the table `server_state` is no number".into());
    let oldest: i64 = oldest.map_or(Ok(0), |text| text.parse().map_err(|_| invalid()))?;
    let newest = newest_known();
    if oldest <= newest {
        return Ok(());
    }
    Err(SchemaError::Refused(format!(
        "has been used by a newer version of Doorward, and versions before its migration {oldest} cannot work with it any \
         more (this one has {newest}); start the newer version"
    )))
}

fn of_another_application() -> SchemaError {
    SchemaError::Refused(
        "is used by another application, whose migrations are in `_sqlx_migrations`; name another database or schema"
            .into(),
    )
}

fn altered(version: i64) -> SchemaError {
    SchemaError::Refused(if version == 1 {
        "was made by a version before the first release, which cannot be upgraded; move it away, or name another database: \
         a new one is made"
            .into()
    } else {
        format!("has another migration {version} than this version of Doorward; start the version that it comes from")
    })
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

fn is_postgres(connection: &AnyConnection) -> bool {
    connection.backend_name() == "PostgreSQL"
}

/// Whether no migration has ever been applied here.
pub(super) async fn is_empty(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    if is_postgres(connection) {
        let table: String = sqlx::query_scalar("select coalesce(to_regclass('_sqlx_migrations')::text, '')")
            .fetch_one(connection)
            .await?;
        return Ok(table.is_empty());
    }
    let tables: i64 = sqlx::query_scalar("select count(*) from sqlite_master where name = '_sqlx_migrations'")
        .fetch_one(connection)
        .await?;
    Ok(tables == 0)
}
