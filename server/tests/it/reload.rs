//! `SIGHUP`: the settings are read again, and some of them taken over.

use std::{fs, path::PathBuf};

use serde_json::json;

use crate::support::{Database, ServerProcess, eventually};

/// A server with its settings in a file, which can be changed.
struct Reloaded {
    database: Database,
    server: ServerProcess,
}

const LOG_TO_FILE: (&str, &str) = ("DOORWARD_LOG", "");

impl Reloaded {
    async fn start(settings: &str) -> Self {
        let database = Database::sqlite();
        fs::write(file(&database), settings).expect("written");
        let server = ServerProcess::start_with(&database, &[LOG_TO_FILE]).await;
        Self { database, server }
    }

    async fn reload(&self, settings: &str) {
        fs::write(file(&self.database), settings).expect("written");
        self.server.signal("-HUP").await;
    }

    async fn status_for(&self, client: &str) -> u16 {
        let forwarded = format!("x-forwarded-for: {client}\r\n");
        let (status, ..) = self.server.send("GET", "/.well-known/jwks.json", &forwarded, "").await.expect("a response");
        status
    }

    async fn log(mut self) -> String {
        self.server.signal("-TERM").await;
        assert!(self.server.exit_status().await.success());
        self.server.log().await
    }
}

fn file(database: &Database) -> PathBuf {
    database.folder.path().join("doorward.toml")
}

const PROXY: &str = "trusted_proxies = [\"127.0.0.0/8\"]\n";
const BLOCKED: &str = "blocked_networks = [\"203.0.113.0/24\"]\n";

#[tokio::test]
async fn a_reload_blocks_and_unblocks_networks() {
    let reloaded = Reloaded::start(PROXY).await;
    assert_eq!(reloaded.status_for("203.0.113.9").await, 200);

    reloaded.reload(&[PROXY, BLOCKED].concat()).await;
    eventually(async || reloaded.status_for("203.0.113.9").await == 403).await;
    assert_eq!(reloaded.status_for("192.0.2.1").await, 200);

    reloaded.reload(BLOCKED).await;
    eventually(async || reloaded.status_for("203.0.113.9").await == 200).await;
    let log = reloaded.log().await;
    assert!(
        log.contains("settings reloaded: blocked_networks") && log.contains("settings reloaded: trusted_proxies"),
        "{log}"
    );
}

#[tokio::test]
async fn a_reload_changes_the_attempts_and_the_log() {
    let reloaded = Reloaded::start("log = \"error\"\n").await;
    reloaded.server.log_in("ada@example.com").await.expect("a login");
    reloaded.reload("log = \"info\"\nlogin_attempts = \"2/15m\"\n").await;
    let wrong = json!({"email": "eve@example.com", "password": "wrong horse battery staple"}).to_string();
    let try_login = async || reloaded.server.send("POST", "/api/auth/login", "", &wrong).await.expect("a response").0;
    // Ten are allowed without the reload.
    let mut failures = 0;
    eventually(async || {
        failures += 1;
        try_login().await == 429
    })
    .await;
    assert!(failures < 9, "{failures}");
    let log = reloaded.log().await;
    assert!(log.contains("settings reloaded: log, login_attempts"), "{log}");
}

#[tokio::test]
async fn a_change_that_needs_a_restart_is_named() {
    let reloaded = Reloaded::start(PROXY).await;
    let changed = "policy = \"banking\"\nsession_idle = \"3d\"\nlisten = \"127.0.0.1:3000\"\nlog = \"info\"\n";
    fs::write(file(&reloaded.database), [PROXY, changed].concat()).expect("written");
    reloaded.server.signal("-HUP").await;
    reloaded.reload(&[PROXY, BLOCKED, "password_min_length = 20\n"].concat()).await;
    eventually(async || reloaded.status_for("203.0.113.9").await == 403).await;
    let log = reloaded.log().await;
    assert!(log.contains("password_min_length: has changed and needs a restart"), "{log}");
    assert!(!log.contains("log: has changed") && !log.contains("listen: has changed"), "{log}");
}

#[tokio::test]
async fn invalid_settings_change_nothing() {
    let reloaded = Reloaded::start(&[PROXY, BLOCKED].concat()).await;
    for invalid in ["blocked_networks = [\"everyone\"]\n", "no_such_setting = 1\n", "= \n"] {
        reloaded.reload(&[PROXY, invalid].concat()).await;
        assert_eq!(reloaded.status_for("203.0.113.9").await, 403, "{invalid}");
    }
    fs::remove_file(file(&reloaded.database)).expect("removed");
    fs::create_dir(file(&reloaded.database)).expect("created");
    reloaded.server.signal("-HUP").await;
    assert_eq!(reloaded.status_for("203.0.113.9").await, 403);
    fs::remove_dir(file(&reloaded.database)).expect("removed");

    reloaded.reload(PROXY).await;
    eventually(async || reloaded.status_for("203.0.113.9").await == 200).await;
    let log = reloaded.log().await;
    assert!(log.contains("settings not reloaded") && log.lines().all(|line| !line.contains("panic")), "{log}");
}
