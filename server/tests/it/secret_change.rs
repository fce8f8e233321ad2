//! Another master secret: everybody is logged out, once, and nobody by accident.

use doorward_api::{EndReason, ErrorCode};
use macro_rules_attribute::apply;
use server::config::RawSettings;
use tokio::io::AsyncReadExt;

use crate::fixture::{Database, PASSWORD, Person, SECRET, Server, TestApp, keys_of, soon};

const ADA: &str = "ada@example.com";

fn other_secret(settings: &mut RawSettings) {
    settings.set("secret", "another secret, as long as it has to be");
}

#[apply(on_both_databases!)]
async fn r68_another_secret_is_a_reset(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let before = keys_of(&app).await.0.keys.remove(0).kid;

    app.restart_with(other_secret).await;

    ada.me().await.assert_refused(ErrorCode::TokenInvalid);
    // Its token was signed with the old secret, so nobody can say of which session it was.
    ada.refresh().await.assert_ended(EndReason::Unknown);
    assert_eq!(app.database().value("select end_reason from sessions").await, "keys_reset");
    let after = keys_of(&app).await.0.keys;
    assert!(after.len() == 1 && after[0].kid != before);
    let ada = app.logged_in(ADA).await;
    app.restart().await;
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

#[apply(on_both_databases!)]
async fn a_node_with_the_old_secret_does_not_start_again(app: TestApp) {
    app.restart_with(other_secret).await;
    let ada = app.logged_in(ADA).await;

    let line = app.try_restart_with(|settings| settings.set("secret", SECRET)).await.expect_err("refused");

    assert!(line.starts_with("secret: was replaced") && !line.contains('\n'), "{line}");
    assert!(!line.contains(SECRET), "{line}");
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

#[apply(on_both_databases!)]
async fn a_node_that_runs_with_the_old_secret_serves_no_more_and_logs_nobody_out(app: TestApp) {
    let old = app.another_node().await.follow();
    let old_state = old.state();
    app.restart_with(other_secret).await;
    let ada = app.logged_in(ADA).await;
    let there = Person { app: old.clone(), ..ada.clone() };

    tokio::time::timeout(std::time::Duration::from_secs(4), old_state.key_ring.lost()).await.expect("it notices");

    there.refresh().await.assert_refused(ErrorCode::Unavailable);
    there.me().await.assert_refused(ErrorCode::Unavailable);
    old.get("/readyz").await.assert_refused(ErrorCode::Unavailable);
    old.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::Unavailable);
    ada.refresh().await.assert_ok();
}

#[apply(on_both_databases!)]
async fn a_reset_that_was_interrupted_is_finished_at_the_next_start(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.restart_with(other_secret).await;
    // As it is when the process was killed before it had ended the sessions.
    app.database().execute("delete from secrets where number = 1").await;
    app.database().execute("update sessions set ended_at = null, end_reason = null").await;

    app.restart().await;

    ada.me().await.assert_refused(ErrorCode::TokenInvalid);
    assert_eq!(app.database().value("select end_reason from sessions").await, "keys_reset");
}

#[apply(on_both_databases!)]
async fn a_database_of_an_earlier_version_keeps_its_keys(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.database().execute("delete from secrets").await;

    app.restart().await;

    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
    assert_eq!(app.database().value("select count(*) from secrets").await, "1");
}

/// No secret in the settings, and a folder without one.
fn no_file(app: &TestApp) -> impl FnOnce(&mut RawSettings) + use<> {
    let folder = app.database().folder.path().join("elsewhere").display().to_string();
    |settings| {
        settings.unset("secret");
        settings.set("data_dir", folder);
    }
}

#[tokio::test]
async fn a_lost_file_beside_sqlite_is_a_new_secret() {
    let app = TestApp::start(Database::sqlite()).await;
    let ada = app.logged_in(ADA).await;

    app.restart_with(no_file(&app)).await;

    ada.me().await.assert_refused(ErrorCode::TokenInvalid);
    assert_eq!(app.database().value("select end_reason from sessions").await, "keys_reset");
    app.restart().await;
    app.logged_in(ADA).await.me().await.assert_ok();
}

#[tokio::test]
async fn a_second_node_without_a_secret_logs_nobody_out() {
    let app = TestApp::start(Database::postgres().await).await.follow();
    let ada = app.logged_in(ADA).await;

    let line = app.try_restart_with(no_file(&app)).await.expect_err("refused");

    assert!(line.starts_with("secret: there is none in") && !line.contains('\n'), "{line}");
    assert!(!app.database().folder.path().join("elsewhere/secret").exists(), "none is made");
    soon(async || ada.me().await.status == 200).await;
    ada.refresh().await.assert_ok();
}

#[tokio::test]
async fn a_process_whose_secret_was_replaced_stops_and_says_why() {
    let database = Database::sqlite();
    let secret = |letter: &str| letter.repeat(32);
    let (one, other) = (secret("a"), secret("b"));
    let mut old = Server::start_with(&database, &[("DOORWARD_SECRET", &one)]).await;

    let new = Server::start_with(&database, &[("DOORWARD_SECRET", &other)]).await;

    let status = tokio::time::timeout(std::time::Duration::from_secs(6), old.child.wait()).await;
    assert_eq!(status.expect("it stops").expect("a status").code(), Some(1));
    let mut said = String::new();
    old.child.stderr.as_mut().expect("piped").read_to_string(&mut said).await.expect("text");
    assert!(said.contains("doorward: secret: was replaced by a newer one"), "{said}");
    assert!(!said.contains(&one) && !said.contains(&other));
    new.log_in(ADA).await.expect("it serves");
}
