//! `doorward restore`: what has ended since the backup does not live again.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use doorward_api::{EndReason, ErrorCode};
use serde_json::json;

use crate::support::{
    Database, MASTER_SECRET, Output, PASSWORD, PolicyName, ServerProcess, TestApp, published_keys, run_cli,
    run_cli_with,
};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

/// A server that is restarted with another database, by its clock the real time.
pub async fn app_under(policy: PolicyName) -> TestApp {
    let app = TestApp::start_under(policy, Database::sqlite()).await;
    app.set_wall_clock_to_now();
    app
}

pub async fn back_up(app: &TestApp) {
    run_cli(app.database(), "backup copy.db", "").await.assert_success();
}

/// Stops the server: an SQLite file that is open is not replaced.
pub async fn stop(app: &TestApp) {
    app.state().store.close().await.expect("closed");
}

pub async fn restore(database: &Database, arguments: &str) -> Output {
    run_cli_with(database, &[("DOORWARD_SECRET", MASTER_SECRET)], &format!("restore {arguments}"), b"").await
}

/// The names under which replaced databases are kept.
pub fn kept(database: &Database) -> Vec<String> {
    let entries = fs::read_dir(database.folder.path()).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name().display().to_string());
    names.filter(|name| name.contains("before-restore") && name.ends_with('Z')).collect()
}

#[tokio::test]
async fn a_restore_ends_every_session_and_rejects_every_access_token() {
    for policy in PolicyName::ALL {
        let app = app_under(policy).await;
        let (ada, bob) = (app.logged_in(ADA).await, app.logged_in(BOB).await);
        back_up(&app).await;
        ada.log_out().await.assert_ok();
        let later = app.logged_in("eve@example.com").await;
        let old_keys = published_keys(&app).await.0;

        stop(&app).await;
        let output = restore(app.database(), "copy.db").await.assert_success();

        assert!(output.contains("2 sessions ended"), "{output}");
        let node = app.another_node().await;
        for browser in [&ada, &bob, &later] {
            assert_eq!(browser.on_node(&node).me().await.status, 401, "{policy:?}");
            assert_eq!(browser.on_node(&node).refresh().await.status, 401, "{policy:?}");
        }
        if policy == PolicyName::Retention {
            for browser in [&ada, &bob, &later] {
                browser.on_node(&node).me().await.assert_refused(ErrorCode::TokenInvalid);
            }
            ada.on_node(&node).refresh().await.assert_ended(EndReason::Restored);
            bob.on_node(&node).refresh().await.assert_ended(EndReason::Restored);
            later.on_node(&node).refresh().await.assert_ended(EndReason::Unknown);
        }
        // Services learn of it: there is a new key, without the old one, and the feed has the sessions.
        let keys = published_keys(&node).await.0.keys;
        assert!(keys.len() == 1 && old_keys.keys.iter().all(|key| key.kid != keys[0].kid));
        if policy != PolicyName::ServerSession {
            let feed = node.feed(None).await;
            assert!([&ada, &bob].iter().all(|browser| feed.sessions().contains(&browser.session_id())), "{feed:?}");
        }
        node.logged_in(ADA).await.me().await.assert_ok();
        let reasons = "select count(*) from events where kind = 'session_ended' and reason = 'restored'";
        let restored = Database::sqlite();
        fs::copy(app.database().folder.path().join("doorward.db"), restored.folder.path().join("doorward.db"))
            .expect("copied");
        node.state().store.close().await.expect("closed");
        fs::copy(app.database().folder.path().join("doorward.db"), restored.folder.path().join("doorward.db"))
            .expect("copied");
        assert_eq!(restored.value(reasons).await, "2");
    }
}

#[tokio::test]
async fn the_login_page_says_why_the_session_ended() {
    let app = app_under(PolicyName::Retention).await;
    let ada = app.logged_in(ADA).await;
    back_up(&app).await;
    stop(&app).await;
    restore(app.database(), "copy.db").await.assert_success();
    let node = app.another_node().await;
    for (language, sentence) in
        [("en", "this site was restored from a backup"), ("de", "aus einer Sicherung wiederhergestellt")]
    {
        let page = node.get("/login").header("accept-language", language).refresh_cookie(&ada.credential).await;
        let page = page.assert_status(200);
        assert!(page.text().contains(sentence), "{}", page.text());
    }
}

#[tokio::test]
async fn the_database_that_was_there_is_kept() {
    let app = app_under(PolicyName::Retention).await;
    app.logged_in(ADA).await;
    back_up(&app).await;
    app.logged_in(BOB).await;

    stop(&app).await;
    let output = restore(app.database(), "copy.db").await.assert_success();

    let kept = kept(app.database());
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(
        output.contains(&format!("is kept as {}", app.database().folder.path().join(&kept[0]).display())),
        "{output}"
    );
    let old = Database::sqlite_at(&kept[0]);
    fs::copy(app.database().folder.path().join(&kept[0]), old.folder.path().join(&kept[0])).expect("copied");
    assert_eq!(old.value("select count(*) from users").await, "2");
    let node = app.another_node().await;
    node.log_in(BOB, PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    node.log_in(ADA, PASSWORD).await.assert_ok();
}

#[tokio::test]
async fn failed_logins_and_known_browsers_of_the_backup_stay() {
    let app = app_under(PolicyName::Retention).await;
    let ada = app.logged_in(ADA).await;
    while app.log_in(ADA, "wrong horse battery staple").await.status != 429 {}
    back_up(&app).await;

    stop(&app).await;
    restore(app.database(), "copy.db").await.assert_success();

    let node = app.another_node().await;
    node.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::TooManyAttempts);
    ada.on_node(&node).log_in_with(PASSWORD).await.assert_ok();
}

#[tokio::test]
async fn sessions_can_be_kept() {
    let app = app_under(PolicyName::Retention).await;
    let (ada, bob) = (app.logged_in(ADA).await, app.logged_in(BOB).await);
    back_up(&app).await;
    bob.log_out().await.assert_ok();

    stop(&app).await;
    let output = restore(app.database(), "copy.db --keep-sessions").await.assert_success();

    assert!(output.contains("sessions are as they were"), "{output}");
    let node = app.another_node().await;
    for browser in [&ada, &bob] {
        browser.on_node(&node).me().await.assert_ok();
        browser.on_node(&node).refresh().await.assert_ok();
    }
}

/// They have been sent since, or their links are dead: a user would be puzzled by them, or ask for what no longer exists.
#[tokio::test]
async fn mails_that_waited_in_the_backup_are_never_sent() {
    for arguments in ["copy.db", "copy.db --keep-sessions"] {
        let app = app_under(PolicyName::Retention).await;
        app.logged_in(ADA).await;
        app.restart_with_mail().await;
        app.post("/api/auth/forgot").json(&json!({"email": ADA})).await.assert_status(202);
        app.enqueue_mail(BOB, None).await;
        back_up(&app).await;

        stop(&app).await;
        let output = restore(app.database(), arguments).await.assert_success();

        assert!(output.contains("Mails that waited in the backup are not sent: 2."), "{output}");
        let node = app.another_node().await;
        assert!(node.outbox().await.is_empty(), "{arguments}");
        node.send_due_mails().await;
        assert_eq!(node.state().store.waiting_mails().await.expect("the database works").0, 0);
        assert!(!app.database().folder.path().join("mail").exists(), "{arguments}");
        // What is asked for after the restore is sent.
        node.post("/api/auth/forgot").json(&json!({"email": ADA})).await.assert_status(202);
        assert_eq!(node.mails_to(ADA).await.len(), 1);
        node.state().store.close().await.expect("closed");
    }
}

#[tokio::test]
async fn a_database_in_use_is_not_replaced() {
    let database = Database::sqlite();
    let server = ServerProcess::start(&database, PolicyName::Retention).await;
    let ada = server.log_in(ADA).await.expect("a login");
    run_cli(&database, "backup copy.db", "").await.assert_success();

    let output = restore(&database, "copy.db").await;

    output.assert_failure(1, &format!("is in use by another server (process {})", server.process_id()));
    assert_eq!(server.me(&ada).await.expect("a response").0, 200);
    assert!(kept(&database).is_empty());
}

#[tokio::test]
async fn a_new_machine_needs_the_backup_and_the_secret_alone() {
    let app = app_under(PolicyName::Retention).await;
    app.logged_in(ADA).await;
    back_up(&app).await;
    let machine = Database::sqlite_at("data/doorward.db");
    fs::copy(app.database().folder.path().join("copy.db"), machine.folder.path().join("copy.db")).expect("copied");

    restore(&machine, "copy.db").await.assert_success();

    let file = machine.folder.path().join("data/doorward.db");
    assert_eq!(fs::metadata(file).expect("a database").permissions().mode() & 0o777, 0o600);
    let server = ServerProcess::start(&machine, PolicyName::Retention).await;
    server.log_in(ADA).await.expect("a login");
}

/// Whenever the process dies, the database is the old one, or the new one in which no session lives.
#[tokio::test]
async fn a_restore_that_is_killed_leaves_no_database_with_old_sessions() {
    let app = app_under(PolicyName::Retention).await;
    for user in 0..20 {
        app.logged_in(&format!("user-{user}@example.com")).await;
    }
    back_up(&app).await;
    app.database().execute("delete from sessions").await;
    app.database().close().await;
    stop(&app).await;
    let database = app.database();
    let file = database.folder.path().join("doorward.db");
    for delay in 0..25 {
        let mut restoring = Command::new(env!("CARGO_BIN_EXE_doorward"))
            .args(["restore", "copy.db"])
            .env_clear()
            .env("DOORWARD_SECRET", MASTER_SECRET)
            .env("DOORWARD_DATABASE_URL", &database.url)
            .current_dir(database.folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("the program runs");
        tokio::time::sleep(Duration::from_millis(delay * 8)).await;
        // It may be done already.
        drop(restoring.kill());
        restoring.wait().expect("a status");

        let copy = Database::sqlite_at("doorward.db");
        for suffix in ["", "-wal"] {
            let from = format!("{}{suffix}", file.display());
            if Path::new(&from).exists() {
                fs::copy(from, format!("{}{suffix}", copy.folder.path().join("doorward.db").display()))
                    .expect("copied");
            }
        }
        assert_eq!(copy.value("select count(*) from sessions where ended_at is null").await, "0", "{delay}");
        assert_eq!(copy.value("pragma integrity_check").await, "ok");
    }
    restore(database, "copy.db").await.assert_success();
}
