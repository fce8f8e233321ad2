//! A database for one test, and direct access to it.

use rustix::fs::statvfs;
use sqlx::{
    AnyPool, AssertSqlSafe, Column, Row,
    any::{AnyPoolOptions, AnyRow, install_default_drivers},
};
use tempfile::TempDir;

/// Every table with data of users or secrets.
const TABLES: [&str; 15] = [
    "users",
    "user_search_terms",
    "sessions",
    "keys",
    "secrets",
    "attempts",
    "events",
    "mails",
    "mail_limits",
    "tickets",
    "registrations",
    "passkeys",
    "totp_seeds",
    "recovery_codes",
    "pending_logins",
];

/// A database of one test, with a folder for the server's files.
pub struct Database {
    pub url: String,
    pub folder: TempDir,
    /// One connection, opened at the first use.
    pool: AnyPool,
    /// For a database that can be disconnected: its name, and a connection to its server.
    dedicated: Option<(String, AnyPool)>,
}

impl Database {
    pub fn sqlite() -> Self {
        Self::sqlite_at("doorward.db")
    }

    /// The file has this path below the folder.
    pub fn sqlite_at(path: &str) -> Self {
        let folder = temporary_folder();
        let path = folder.path().join(path).display().to_string();
        Self { pool: pool(&format!("sqlite://{path}")), url: format!("sqlite:{path}"), folder, dedicated: None }
    }

    /// A new schema in the database at `TEST_POSTGRES_URL`.
    pub async fn postgres() -> Self {
        let server = postgres_url();
        let schema = unused_name();
        sql(&pool(&server), format!("create schema {schema}")).await;

        let separator = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{separator}options=-csearch_path%3D{schema}");
        Self { pool: pool(&url), url, folder: temporary_folder(), dedicated: None }
    }

    /// A whole database, which can be disconnected.
    pub async fn dedicated_postgres() -> Self {
        let (server, name) = (postgres_url(), unused_name());
        let admin = pool(&server);
        sql(&admin, format!("create database {name}")).await;

        let (address, options) =
            server.split_once('?').map_or((server.as_str(), None), |(url, rest)| (url, Some(rest)));
        let (host, _) = address.rsplit_once('/').expect("an address that ends with a database");
        let url = options.map_or(format!("{host}/{name}"), |options| format!("{host}/{name}?{options}"));
        let folder = temporary_folder();
        Self { pool: pool(&url), url, folder, dedicated: Some((name, admin)) }
    }

    /// Makes a whole database like that of an engine without notifications and advisory locks, for a role without special
    /// rights, and with the isolation that such engines have by default.
    pub async fn distributed_postgres() -> Self {
        let database = Self::dedicated_postgres().await;
        let (name, admin) = database.dedicated.as_ref().expect("a dedicated database");
        let role = unused_name();
        sql(admin, format!("create role {role} login")).await;
        sql(admin, format!("grant create on database {name} to {role}")).await;
        sql(admin, format!("alter database {name} set default_transaction_isolation = 'serializable'")).await;
        for function in [
            "pg_notify(text, text)",
            "pg_advisory_lock(bigint)",
            "pg_advisory_lock(int, int)",
            "pg_advisory_xact_lock(bigint)",
            "pg_try_advisory_lock(bigint)",
        ] {
            database.execute(format!("revoke execute on function {function} from public")).await;
        }
        database.execute(format!("grant all on schema public to {role}")).await;
        let (scheme, rest) = database.url.split_once("://").expect("a URL");
        let (_, host) = rest.split_once('@').expect("a user");
        let url = format!("{scheme}://{role}@{host}");
        // The next connection has the isolation.
        Self { pool: pool(&database.url), url, ..database }
    }

    /// Closes every connection and refuses new ones.
    pub async fn disconnect(&self) {
        let (name, admin) = self.dedicated.as_ref().expect("a dedicated database");
        sql(admin, format!("alter database {name} allow_connections false")).await;
        sql(admin, format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'")).await;
    }

    /// Accepts connections again.
    pub async fn reconnect(&self) {
        let (name, admin) = self.dedicated.as_ref().expect("a dedicated database");
        sql(admin, format!("alter database {name} allow_connections true")).await;
    }

    /// Refuses writes on new connections and closes the existing ones, as a failover to a standby does.
    pub async fn set_read_only(&self, is_read_only: bool) {
        let (name, admin) = self.dedicated.as_ref().expect("a dedicated database");
        let value = if is_read_only { "on" } else { "off" };
        sql(admin, format!("alter database {name} set default_transaction_read_only = {value}")).await;
        if is_read_only {
            sql(admin, format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'"))
                .await;
        }
    }

    /// Runs a statement past the server.
    pub async fn execute(&self, statement: impl Into<String>) {
        sql(&self.pool, statement.into()).await;
    }

    /// Closes the connection of the test: an SQLite file that is open is not replaced.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Makes every statement on a table fail.
    pub async fn break_table(&self, table: &str) {
        self.execute(format!("alter table {table} rename to broken_{table}")).await;
    }

    /// Makes a broken table work again.
    pub async fn repair_table(&self, table: &str) {
        self.execute(format!("alter table broken_{table} rename to {table}")).await;
    }

    /// The only value that a query selects, as text.
    pub async fn value(&self, query: impl Into<String>) -> String {
        let rows = self.rows(query).await;
        let [row] = rows.as_slice() else { panic!("{} rows instead of one: {rows:?}", rows.len()) };
        let [value] = row.as_slice() else { panic!("{} columns instead of one: {row:?}", row.len()) };
        value.clone()
    }

    /// The rows that a query selects, as text.
    pub async fn rows(&self, query: impl Into<String>) -> Vec<Vec<String>> {
        let query = query.into();
        loop {
            match sqlx::query(AssertSqlSafe(query.clone())).fetch_all(&self.pool).await {
                // Under `serializable`, also a read may have to be repeated.
                Err(error) if is_serialization_failure(&error) => {}
                rows => return rows.unwrap_or_else(|error| panic!("{query}: {error}")).iter().map(texts).collect(),
            }
        }
    }

    /// The whole database as text.
    pub async fn contents(&self) -> String {
        let mut lines = Vec::new();
        for table in TABLES {
            let rows = self.rows(format!("select * from {table}")).await;
            lines.extend(rows.iter().map(|row| format!("{table}: {}", row.join(" | "))));
        }
        lines.join("\n")
    }
}

/// A folder in memory where there is room: nothing here outlives its test, so nothing waits for the disk.
fn temporary_folder() -> TempDir {
    const ROOM: u64 = 1 << 30;
    let memory = "/dev/shm";
    let has_room = statvfs(memory).is_ok_and(|memory| memory.f_bavail * memory.f_frsize > ROOM);
    let folder = if has_room { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    folder.expect("a temporary folder")
}

fn postgres_url() -> String {
    std::env::var("TEST_POSTGRES_URL")
        .expect("TEST_POSTGRES_URL is not set: run the tests with `.ci/postgres cargo test -p server`")
}

fn unused_name() -> String {
    format!("test_{}", server::random::id())
}

fn pool(url: &str) -> AnyPool {
    install_default_drivers();
    AnyPoolOptions::new().max_connections(1).connect_lazy(url).expect("the address of a database")
}

async fn sql(pool: &AnyPool, statement: String) {
    let done = sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(pool).await;
    done.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

fn is_serialization_failure(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("40001"))
}

fn texts(row: &AnyRow) -> Vec<String> {
    let text = |at: usize| {
        let number = || row.try_get::<Option<i64>, _>(at).map(|number| number.map(|n| n.to_string()));
        let text = row.try_get::<Option<String>, _>(at).or_else(|_| number());
        text.unwrap_or_else(|error| panic!("column {at}: {error}")).unwrap_or_else(|| "null".into())
    };
    row.columns().iter().map(|column| text(column.ordinal())).collect()
}
