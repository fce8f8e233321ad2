//! Databases that speak Postgres' protocol and lack some of it: engines without notifications and advisory locks, with another
//! default isolation, and connection poolers.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
};

use doorward_api::EndReason;
use futures::future::{join, join_all};
use sqlx::{AnyConnection, Connection, raw_sql};
use tempfile::TempDir;

use crate::support::{Browser, Database, MASTER_SECRET, PASSWORD, ServerProcess, TestApp, eventually, run_cli_with};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn an_engine_without_notifications_and_advisory_locks_is_enough() {
    let app = TestApp::start(Database::distributed_postgres().await).await;
    assert_eq!(app.database().value("show default_transaction_isolation").await, "serializable");
    let other = app.another_node().await.with_revocation_sync();
    let (phone, laptop) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
    let phone_on_other = phone.on_node(&other);
    phone_on_other.me().await.assert_ok();

    laptop.revoke(&phone).await.assert_ok();

    eventually(async || phone_on_other.me().await.status == 401).await;
    laptop.change_password(PASSWORD, "another horse and another staple").await.assert_ok();
    app.advance(40 * 24 * 3600);
    app.rotate_keys_if_due().await;
    app.clean_up().await;
    app.get("/readyz").await.assert_status(200);
    assert!(app.state().store.listen().await.is_ok());
}

/// Under `serializable`, the database aborts transactions that could have read what another one has changed.
#[tokio::test]
async fn transactions_that_conflict_are_repeated() {
    let app = TestApp::start(Database::distributed_postgres().await).await;
    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    for _ in 0..10 {
        let laptop = app.logged_in(ADA).await;
        let phones = join_all((0..6).map(|_| app.logged_in(ADA))).await;
        for response in join_all(phones.iter().map(Browser::revoke_others)).await {
            assert!(response.status < 500, "{response:?}");
        }
        laptop.me().await.assert_ended(EndReason::Revoked);
    }
}

/// A read, too, may be what the database aborts: here it begins before a transaction commits that it would have to precede,
/// and that precedes one which was committed before.
#[tokio::test]
async fn a_read_that_conflicts_with_transactions_is_repeated() {
    let app = TestApp::start(Database::distributed_postgres().await).await;
    let ada = app.logged_in(ADA).await;
    // One connection, on which the statement is prepared: preparing it would be what waits.
    app.restart_with(|settings| settings.set("database_connections", "2")).await;
    ada.account().await.assert_ok();
    let connect = async || AnyConnection::connect(&app.database().url).await.expect("a connection");
    let (mut writer, mut earlier) = (connect().await, connect().await);
    for statement in [
        "begin isolation level serializable",
        "select count(*) from keys",
        "lock table users in access exclusive mode",
        "update users set name = 'Countess'",
    ] {
        raw_sql(statement).execute(&mut writer).await.expect("done");
    }
    for statement in ["begin isolation level serializable", "update keys set generation = generation", "commit"] {
        raw_sql(statement).execute(&mut earlier).await.expect("done");
    }

    let commit = async {
        let waits = "select count(*) from pg_locks where relation = 'users'::regclass and not granted";
        eventually(async || app.database().value(waits).await != "0").await;
        raw_sql("commit").execute(&mut writer).await.expect("done");
    };
    let (account, ()) = join(ada.account(), commit).await;

    assert_eq!(account.assert_status(200).json()["name"], "Countess", "what was committed before the response");
}

#[tokio::test]
async fn the_fewest_connections_are_enough() {
    let database = Database::dedicated_postgres().await;
    let server = ServerProcess::start_with(&database, &[("DOORWARD_DATABASE_CONNECTIONS", "2")]).await;
    eventually(async || server.get("/readyz").await.starts_with("HTTP/1.1 200")).await;
    let ada = server.log_in(ADA).await.expect("a login");
    assert_eq!(server.me(&ada).await.expect("a response").0, 200);
}

#[tokio::test]
async fn a_node_has_no_more_connections_than_configured() {
    let database = Database::dedicated_postgres().await;
    let settings = [("DOORWARD_DATABASE_CONNECTIONS", "3"), ("DOORWARD_LOGIN_ATTEMPTS", "off")];
    let mut server = ServerProcess::start_with(&database, &settings).await;
    server.discard_log();
    for _ in 0..4 {
        let logins = join_all((0..8).map(|user| {
            let email = format!("user{user}@example.com");
            let server = &server;
            async move { server.log_in(&email).await.expect("a login") }
        }));
        for authorization in logins.await {
            server.send("POST", "/api/auth/logout", &authorization, "").await.expect("a logout");
        }
    }
    // This one, those of the setting, and one that listens.
    let connections = "select count(*) from pg_stat_activity where datname = current_database()";
    let connections: u32 = database.value(connections).await.parse().expect("a number");
    assert!(connections <= 1 + 3 + 1, "{connections}");
}

/// `PgBouncer` in front of a database, in a folder of its own.
struct Pooler {
    process: Child,
    url: String,
    _folder: TempDir,
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

const PGBOUNCER: &str = "/usr/sbin/pgbouncer";

/// Major and minor version of the installed one.
fn pooler_version() -> (u32, u32) {
    let output = Command::new(PGBOUNCER).arg("--version").output();
    let output = output.expect("PgBouncer runs: install it with `.ci/tools pgbouncer`");
    let text = String::from_utf8(output.stdout).expect("text");
    let version = text.split_whitespace().nth(1).expect("a version");
    let mut numbers = version.split('.').map(|number| number.parse().expect("a number"));
    (numbers.next().expect("a number"), numbers.next().expect("a number"))
}

impl Pooler {
    async fn start(database: &Database, mode: &str, settings: &str) -> Self {
        // The path of a socket is limited.
        let folder = tempfile::tempdir_in("/tmp").expect("a folder");
        let path = folder.path();
        let (before, rest) = database.url.split_once('@').expect("a user");
        let user = before.rsplit_once("//").expect("a scheme").1;
        let (host, name) = rest.split_once('/').expect("a database");
        let socket = host.replace("%2F", "/");
        let config = format!(
            "[databases]\n{name} = host={socket} dbname={name} user={user}\n\
             [pgbouncer]\nunix_socket_dir = {path}\nlisten_port = 5432\nauth_type = any\npool_mode = {mode}\n\
             ignore_startup_parameters = extra_float_digits\nlogfile = {path}/log\npidfile = {path}/pid\n{settings}\n",
            path = path.display(),
        );
        fs::write(path.join("pgbouncer.ini"), config).expect("written");
        let mut program = Command::new(PGBOUNCER);
        // It refuses to run as root, and Postgres' own user may use its socket.
        if rustix::process::geteuid().is_root() {
            let given = Command::new("chown").args(["-R", "postgres"]).arg(path).status().expect("chown runs");
            assert!(given.success());
            program.args(["-u", "postgres"]);
        }
        fs::set_permissions(path, Permissions::from_mode(0o755)).expect("changed");
        let process = program.arg(path.join("pgbouncer.ini")).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let process = process.expect("PgBouncer runs: install it with `.ci/tools pgbouncer`");
        let ready = path.join(".s.PGSQL.5432");
        eventually(async || Path::new(&ready).exists()).await;
        let host = path.display().to_string().replace('/', "%2F");
        Self { process, url: format!("{before}@{host}/{name}"), _folder: folder }
    }
}

#[tokio::test]
async fn a_pooler_in_transaction_mode_is_named_with_what_to_set() {
    let database = Database::dedicated_postgres().await;
    let settings = if pooler_version() >= (1, 21) { "max_prepared_statements = 0" } else { "" };
    let pooler = Pooler::start(&database, "transaction", settings).await;
    let settings = [("DOORWARD_DATABASE_URL", pooler.url.as_str()), ("DOORWARD_SECRET", MASTER_SECRET)];
    let output = run_cli_with(&database, &settings, "serve", b"").await;
    output.assert_failure(1, "set `max_prepared_statements` (PgBouncer 1.21 or later) or `pool_mode = session` there");
}

#[tokio::test]
async fn a_pooler_that_keeps_prepared_statements_or_sessions_works() {
    let mut modes = vec![("session", "")];
    if pooler_version() >= (1, 21) {
        modes.push(("transaction", "max_prepared_statements = 200"));
    }
    for (mode, settings) in modes {
        let database = Database::dedicated_postgres().await;
        let pooler = Pooler::start(&database, mode, settings).await;
        let server = ServerProcess::start_with(&database, &[("DOORWARD_DATABASE_URL", &pooler.url)]).await;
        for _ in 0..3 {
            let ada = server.log_in(ADA).await.expect("a login");
            assert_eq!(server.me(&ada).await.expect("a response").0, 200);
            server.send("POST", "/api/auth/logout", &ada, "").await.expect("a logout");
            assert_eq!(server.me(&ada).await.expect("a response").0, 401);
        }
        assert!(server.get("/readyz").await.starts_with("HTTP/1.1 200"), "{mode}");
    }
}
