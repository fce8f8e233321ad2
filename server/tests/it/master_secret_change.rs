//! A node with another master secret does not start and changes nothing; the operator replaces the secret with a command.

use doorward_api::{EndReason, ErrorCode};
use server::{
    config::RawSettings,
    keys::{master_secret::MasterSecret, reset},
};
use test_macros::app_test;

use crate::support::{MASTER_SECRET, PASSWORD, ServerProcess, TestApp, published_keys, run_cli, run_cli_with};

const ADA: &str = "ada@example.com";

const OTHER: &str = "another secret, as long as it has to be";

fn other_secret(settings: &mut RawSettings) {
    settings.set("secret", OTHER);
}

/// Replaces the secret as the operator does.
async fn replace_secret(app: &TestApp, new: &str) {
    let new = MasterSecret::from_setting(new).expect("long enough");
    reset::replace_secret(&app.state().store, (None, &new), &app.state().clock, |_| {}).await.expect("no fault");
}

#[app_test]
async fn a_mistyped_secret_stops_only_the_node_that_has_it(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let before = app.database().contents().await;

    let line = app.try_restart_with(other_secret).await.expect_err("refused");

    assert!(line.starts_with("secret: not the one that this database has been used with"), "{line}");
    assert!(line.contains("keys reset --new-secret") && !line.contains('\n') && !line.contains(OTHER), "{line}");
    assert_eq!(app.database().contents().await, before);
    app.restart().await;
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

#[app_test]
async fn a_replaced_secret_ends_every_session(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let before = published_keys(&app).await.0.keys.remove(0).kid;
    let with_other = [("DOORWARD_SECRET", OTHER)];
    let unconfirmed = run_cli_with(app.database(), &with_other, "keys reset --new-secret", b"").await;
    assert!(unconfirmed.status == 2 && unconfirmed.stderr.contains("Replace the master secret"), "{unconfirmed:?}");

    let confirmed = "keys reset --new-secret --yes";
    let output = run_cli_with(app.database(), &with_other, confirmed, b"").await.assert_success();

    assert!(output.contains("The master secret is replaced"), "{output}");
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
    run_cli_with(app.database(), &with_other, confirmed, b"").await.assert_failure(1, "is the one in use");
}

#[app_test]
async fn the_operator_can_go_back_to_a_replaced_secret(app: TestApp) {
    for secret in [OTHER, MASTER_SECRET, OTHER, MASTER_SECRET] {
        replace_secret(&app, secret).await;
        app.restart_with(|settings| settings.set("secret", secret)).await;
        let ada = app.logged_in(ADA).await;
        app.restart().await;
        ada.refresh().await.assert_ok();
    }
}

#[app_test]
async fn a_node_with_a_replaced_secret_refuses_to_start(app: TestApp) {
    replace_secret(&app, OTHER).await;
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
    replace_secret(&app, OTHER).await;
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
async fn an_interrupted_replacement_is_completed_at_the_next_start(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    replace_secret(&app, OTHER).await;
    // As if the process had been killed before it ended the sessions.
    app.database().execute("delete from secrets where number = 1").await;
    app.database().execute("update sessions set ended_at = null, end_reason = null").await;
    let line = app.try_restart_with(|_| {}).await.expect_err("refused");
    assert!(line.starts_with("secret: being replaced by"), "the keys are those of the new secret already: {line}");

    app.restart_with(other_secret).await;

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

#[app_test]
async fn a_node_without_a_secret_refuses_to_start_on_a_used_database(app: TestApp) {
    let ada = app.logged_in(ADA).await;

    let line = app.try_restart_with(without_secret_file(&app)).await.expect_err("refused");

    assert!(line.starts_with("secret: ") && line.contains("does not exist") && !line.contains('\n'), "{line}");
    assert!(!app.database().folder.path().join("elsewhere/secret").exists(), "no secret is created");
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

#[app_test]
async fn a_lost_secret_file_is_replaced_by_a_command(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let folder = app.database().folder.path().join("elsewhere").display().to_string();

    let command = format!("keys reset --new-secret --yes --data-dir {folder}");
    run_cli(app.database(), &command, "").await.assert_success();

    app.restart_with(without_secret_file(&app)).await;
    ada.me().await.assert_refused(ErrorCode::TokenInvalid);
    app.logged_in(ADA).await.me().await.assert_ok();
}

#[app_test]
async fn a_process_whose_secret_was_replaced_exits_with_the_reason(app: TestApp) {
    let database = app.database();
    let mut old = ServerProcess::start_with(database, &[]).await;

    let with_other = [("DOORWARD_SECRET", OTHER)];
    run_cli_with(database, &with_other, "keys reset --new-secret --yes", b"").await.assert_success();

    assert_eq!(old.exit_status().await.code(), Some(1));
    let log = old.log().await;
    assert!(log.contains("doorward: secret: superseded by a newer one"), "{log}");
    assert!(!log.contains(MASTER_SECRET) && !log.contains(OTHER));
    let new = ServerProcess::start_with(database, &[("DOORWARD_SECRET", OTHER)]).await;
    new.log_in(ADA).await.expect("the new server serves");
}

/// Runs the command with another secret, under which a test server can then start.
async fn replace_by_command(app: &TestApp, arguments: &str) -> crate::support::Output {
    run_cli_with(app.database(), &[("DOORWARD_SECRET", OTHER)], &format!("keys reset --new-secret{arguments}"), b"")
        .await
}

#[app_test]
async fn with_the_previous_secret_at_hand_authenticator_apps_keep_working(app: TestApp) {
    let (authenticator, _) = app.logged_in(ADA).await.set_up_totp().await;
    let file = app.database().folder.path().join("previous");
    std::fs::write(&file, format!("{MASTER_SECRET}\n")).expect("written");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("set");
    let wrong = app.database().folder.path().join("wrong");
    std::fs::write(&wrong, "some other secret, which is long enough").expect("written");
    std::fs::set_permissions(&wrong, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("set");
    let refused = replace_by_command(&app, &format!(" --yes --previous-secret-file {}", wrong.display())).await;
    refused.assert_failure(1, "is not the master secret");

    let command = format!(" --yes --previous-secret-file {}", file.display());
    let output = replace_by_command(&app, &command).await.assert_success();

    assert!(!output.contains("authenticator app"), "{output}");
    app.restart_with(other_secret).await;
    app.advance(30);
    app.logged_in_with(ADA, &authenticator.factor(&app)).await;
}

#[app_test]
async fn without_the_previous_secret_apps_are_lost_and_recovery_codes_still_log_in(app: TestApp) {
    let (authenticator, codes) = app.logged_in(ADA).await.set_up_totp().await;
    let unconfirmed = replace_by_command(&app, "").await;
    assert!(
        unconfirmed.status == 2 && unconfirmed.stdout.contains("1 user loses the authenticator app"),
        "{unconfirmed:?}"
    );

    replace_by_command(&app, " --yes").await.assert_success();

    app.restart_with(other_secret).await;
    assert_eq!(app.database().value("select count(*) from totp_seeds").await, "0");
    app.advance(30);
    let ticket = app.login_ticket(ADA).await;
    app.send_factor(&ticket, &authenticator.factor(&app)).await.assert_refused(ErrorCode::SecondFactorInvalid);
    let ada = app.logged_in_with(ADA, &serde_json::json!({"recovery_code": codes[0]})).await;
    assert!(ada.security().await.second_step);
    ada.set_up_totp().await;
}

#[app_test]
async fn a_reset_of_the_keys_alone_keeps_authenticator_apps(app: TestApp) {
    let (authenticator, _) = app.logged_in(ADA).await.set_up_totp().await;
    let settings = [("DOORWARD_SECRET", MASTER_SECRET)];
    run_cli_with(app.database(), &settings, "keys reset --yes", b"").await.assert_success();
    app.restart().await;
    app.advance(30);
    app.logged_in_with(ADA, &authenticator.factor(&app)).await;
}
