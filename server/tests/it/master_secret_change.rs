//! A change of the master secret ends every session once; an accidental one ends none.

use doorward_api::{EndReason, ErrorCode};
use server::config::RawSettings;
use test_macros::app_test;

use crate::support::{Database, MASTER_SECRET, PASSWORD, ServerProcess, TestApp, eventually, published_keys};

const ADA: &str = "ada@example.com";

fn other_secret(settings: &mut RawSettings) {
    settings.set("secret", "another secret, as long as it has to be");
}

#[app_test]
async fn another_secret_resets_the_keys_and_ends_every_session(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let before = published_keys(&app).await.0.keys.remove(0).kid;

    app.restart_with(other_secret).await;

    ada.me().await.assert_refused(ErrorCode::TokenInvalid);
    // The refresh token was signed with the old secret, so its session cannot be known.
    ada.refresh().await.assert_ended(EndReason::Unknown);
    assert_eq!(app.database().value("select end_reason from sessions").await, "keys_reset");
    let after = published_keys(&app).await.0.keys;
    assert!(after.len() == 1 && after[0].kid != before);
    let ada = app.logged_in(ADA).await;
    app.restart().await;
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

#[app_test]
async fn a_node_with_a_replaced_secret_refuses_to_start(app: TestApp) {
    app.restart_with(other_secret).await;
    let ada = app.logged_in(ADA).await;

    let line = app.try_restart_with(|settings| settings.set("secret", MASTER_SECRET)).await.expect_err("refused");

    assert!(line.starts_with("secret: superseded by") && !line.contains('\n'), "{line}");
    assert!(!line.contains(MASTER_SECRET), "{line}");
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

#[app_test]
async fn a_running_node_with_a_replaced_secret_refuses_requests_and_ends_no_session(app: TestApp) {
    let old = app.another_node().await.with_revocation_sync();
    let old_state = old.state();
    app.restart_with(other_secret).await;
    let ada = app.logged_in(ADA).await;
    let ada_on_old = ada.on_node(&old);

    tokio::time::timeout(std::time::Duration::from_secs(4), old_state.key_ring.secret_superseded())
        .await
        .expect("the node notices");

    ada_on_old.refresh().await.assert_refused(ErrorCode::Unavailable);
    ada_on_old.me().await.assert_refused(ErrorCode::Unavailable);
    old.get("/readyz").await.assert_refused(ErrorCode::Unavailable);
    old.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::Unavailable);
    ada.refresh().await.assert_ok();
}

#[app_test]
async fn an_interrupted_reset_is_completed_at_the_next_start(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.restart_with(other_secret).await;
    // As if the process had been killed before it ended the sessions.
    app.database().execute("delete from secrets where number = 1").await;
    app.database().execute("update sessions set ended_at = null, end_reason = null").await;

    app.restart().await;

    ada.me().await.assert_refused(ErrorCode::TokenInvalid);
    assert_eq!(app.database().value("select end_reason from sessions").await, "keys_reset");
}

#[app_test]
async fn a_database_of_an_earlier_version_keeps_its_keys(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.database().execute("delete from secrets").await;

    app.restart().await;

    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
    assert_eq!(app.database().value("select count(*) from secrets").await, "1");
}

/// No secret in the settings, and a data folder without a secret file.
fn without_secret_file(app: &TestApp) -> impl FnOnce(&mut RawSettings) + use<> {
    let folder = app.database().folder.path().join("elsewhere").display().to_string();
    |settings| {
        settings.unset("secret");
        settings.set("data_dir", folder);
    }
}

#[tokio::test]
async fn a_lost_secret_file_beside_sqlite_resets_the_keys() {
    let app = TestApp::start(Database::sqlite()).await;
    let ada = app.logged_in(ADA).await;

    app.restart_with(without_secret_file(&app)).await;

    ada.me().await.assert_refused(ErrorCode::TokenInvalid);
    assert_eq!(app.database().value("select end_reason from sessions").await, "keys_reset");
    app.restart().await;
    app.logged_in(ADA).await.me().await.assert_ok();
}

#[tokio::test]
async fn a_second_node_without_a_secret_refuses_to_start() {
    let app = TestApp::start(Database::postgres().await).await.with_revocation_sync();
    let ada = app.logged_in(ADA).await;

    let line = app.try_restart_with(without_secret_file(&app)).await.expect_err("refused");

    assert!(line.starts_with("secret: ") && line.contains("does not exist") && !line.contains('\n'), "{line}");
    assert!(!app.database().folder.path().join("elsewhere/secret").exists(), "no secret is created");
    eventually(async || ada.me().await.status == 200).await;
    ada.refresh().await.assert_ok();
}

#[tokio::test]
async fn a_process_whose_secret_was_replaced_exits_with_the_reason() {
    let database = Database::sqlite();
    let secret = |letter: &str| letter.repeat(32);
    let (one, other) = (secret("a"), secret("b"));
    let mut old = ServerProcess::start_with(&database, &[("DOORWARD_SECRET", &one)]).await;

    let new = ServerProcess::start_with(&database, &[("DOORWARD_SECRET", &other)]).await;

    assert_eq!(old.exit_status().await.code(), Some(1));
    let log = old.log().await;
    assert!(log.contains("doorward: secret: superseded by a newer one"), "{log}");
    assert!(!log.contains(&one) && !log.contains(&other));
    new.log_in(ADA).await.expect("the new server serves");
}
