//! Two servers on one database: refused on an SQLite file, normal on Postgres, where they agree even after a failover.

use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use test_macros::app_test;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{UnixListener, UnixStream},
};

use crate::support::{
    Database, MASTER_SECRET, PolicyName, ServerProcess, TestApp, eventually, published_keys, run_cli, run_cli_with,
};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn a_second_server_on_an_sqlite_file_refuses_to_start() {
    let database = Database::sqlite();
    let first = ServerProcess::start(&database, PolicyName::Retention).await;

    let second = run_cli(&database, "serve", "").await;

    second.assert_failure(1, &format!("is in use by another server (process {})", first.process_id()));
    let ada = first.log_in(ADA).await.expect("the first one serves");
    assert_eq!(first.me(&ada).await.expect("a response").0, 200);
    assert!(run_cli(&database, "session list", "").await.assert_success().contains(ADA), "commands work beside it");
}

#[tokio::test]
async fn a_server_starts_on_the_file_of_one_that_was_killed() {
    let database = Database::sqlite();
    let mut first = ServerProcess::start(&database, PolicyName::Retention).await;
    first.signal("-KILL").await;
    first.exit_status().await;

    let second = ServerProcess::start(&database, PolicyName::Retention).await;

    second.log_in(ADA).await.expect("it serves");
}

#[tokio::test]
async fn a_server_whose_lock_was_deleted_gives_way_to_another_one() {
    let database = Database::sqlite();
    let first = ServerProcess::start(&database, PolicyName::Retention).await;
    first.log_in(ADA).await.expect("a login");
    let lock = database.folder.path().join("doorward.db.lock");
    std::fs::remove_file(&lock).expect("deleted");
    let second = ServerProcess::start(&database, PolicyName::Retention).await;

    assert!(first.get("/readyz").await.starts_with("HTTP/1.1 503"));
    let form = format!(r#"{{"email":"{ADA}","password":"{}"}}"#, crate::support::PASSWORD);
    let (status, ..) = first.send("POST", "/api/auth/login", "", &form).await.expect("a response");
    assert_eq!(status, 503, "nothing is written by two servers");
    second.log_in(ADA).await.expect("a login");
    assert!(second.get("/readyz").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_link_to_the_database_of_another_server_is_the_same_database() {
    let database = Database::sqlite_at("real/doorward.db");
    let _first = ServerProcess::start(&database, PolicyName::Retention).await;
    std::os::unix::fs::symlink("real/doorward.db", database.folder.path().join("link.db")).expect("linked");
    let settings = [("DOORWARD_DATABASE_URL", "sqlite:link.db"), ("DOORWARD_SECRET", MASTER_SECRET)];
    let output = run_cli_with(&database, &settings, "serve", b"").await;
    output.assert_failure(1, "is in use by another server");
}

async fn kids(node: &TestApp) -> Vec<String> {
    published_keys(node).await.0.keys.into_iter().map(|key| key.kid).collect()
}

/// The standby that takes over may lack the last rotation. The next key then has the generation of the lost one.
#[app_test]
async fn after_a_failover_all_nodes_have_the_keys_of_the_database(app: TestApp) {
    app.restart_with(|settings| settings.set("key_lifetime", "1h")).await;
    app.advance(3600);
    app.rotate_keys_if_due().await;
    let ada = app.logged_in(ADA).await;
    app.database().execute("delete from keys where generation = 2").await;
    let restarted = app.another_node().await;
    restarted.rotate_keys_if_due().await;

    app.sync_keys().await;

    let kids = kids(&app).await;
    assert_eq!((kids.len(), &kids), (2, &self::kids(&restarted).await));
    app.advance(302);
    app.sync_keys().await;
    restarted.get("/api/me").bearer(&ada.fresh_access_token().await).await.assert_ok();

    app.database().execute("delete from keys where generation = 2").await;
    app.sync_keys().await;
    assert_eq!(self::kids(&app).await.len(), 1, "also a key set that is older than the one before");
}

/// A relay in front of Postgres whose connections can be made to die without a word.
struct Relay {
    connections: Arc<Mutex<Vec<Connection>>>,
    url: String,
}

#[derive(Clone, Default)]
struct Connection {
    is_listening: Arc<AtomicBool>,
    is_dead: Arc<AtomicBool>,
}

impl Relay {
    fn start(url: &str, folder: &Path) -> Self {
        let (before, rest) = url.split_once('@').expect("a user");
        let (host, after) = rest.split_once('/').expect("a database");
        let target = host.replace("%2F", "/") + "/.s.PGSQL.5432";
        let listener = UnixListener::bind(folder.join(".s.PGSQL.5432")).expect("a socket");
        let connections = Arc::<Mutex<Vec<Connection>>>::default();
        let all = connections.clone();
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.expect("a connection");
                let server = UnixStream::connect(&target).await.expect("Postgres");
                let connection = Connection::default();
                all.lock().expect("no panic").push(connection.clone());
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(relay(from_client, to_server, connection.clone()));
                tokio::spawn(relay(from_server, to_client, connection));
            }
        });
        let folder = folder.display().to_string().replace('/', "%2F");
        Self { connections, url: format!("{before}@{folder}/{after}") }
    }

    /// From now on, the connections that listen for notifications receive nothing, and are not closed.
    fn silence(&self) -> usize {
        let connections = self.connections.lock().expect("no panic");
        let listening = connections.iter().filter(|connection| connection.is_listening.load(Ordering::SeqCst));
        listening.map(|connection| connection.is_dead.store(true, Ordering::SeqCst)).count()
    }
}

async fn relay(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, connection: Connection) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let bytes = &buffer[..length];
        if bytes.windows(6).any(|window| window == b"LISTEN") {
            connection.is_listening.store(true, Ordering::SeqCst);
        }
        if !connection.is_dead.load(Ordering::SeqCst) && to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_notification_connection_that_dies_silently_is_replaced() {
    let database = Database::dedicated_postgres().await;
    let folder = tempfile::tempdir().expect("a folder");
    let relay = Relay::start(&database.url, folder.path());
    let app = TestApp::start(database).await;
    let other = app.another_node_at(&relay.url).await;
    other.listen_for_revocations();
    let listening =
        "select count(*) from pg_stat_activity where datname = current_database() and query ilike 'listen%'";
    eventually(async || app.database().value(listening).await == "1").await;

    assert_eq!(relay.silence(), 1);
    let ada = app.logged_in(ADA).await;
    ada.log_out().await.assert_ok();

    let ada_on_other = ada.on_node(&other);
    // The connection is checked when it has been silent for two seconds.
    tokio::time::sleep(Duration::from_secs(3)).await;
    eventually(async || ada_on_other.me().await.status == 401).await;
}
