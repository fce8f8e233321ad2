//! `doorward user reset-password` and `verify`: the operator lets users back in.

use doorward_api::{EndReason, ErrorCode};
use serde_json::json;
use test_macros::app_test;

use crate::support::{MASTER_SECRET, Output, PASSWORD, PUBLIC_URL, TestApp, run_cli_with};

const ADA: &str = "ada@example.com";
const NEW_PASSWORD: &str = "another horse and another staple";

async fn run(app: &TestApp, mail: &str, arguments: &str) -> Output {
    // As the server: the commands use the real time.
    app.set_wall_clock_to_now();
    let settings = [("DOORWARD_SECRET", MASTER_SECRET), ("DOORWARD_MAIL", mail), ("DOORWARD_PUBLIC_URL", PUBLIC_URL)];
    run_cli_with(app.database(), &settings, arguments, b"").await
}

fn link_in(output: &str) -> String {
    let links: Vec<_> = output.lines().filter(|line| line.starts_with("http")).collect();
    let [link] = links.as_slice() else { panic!("not one link: {output}") };
    (*link).to_owned()
}

#[app_test]
async fn without_mail_the_operator_gets_the_link_with_a_warning_and_it_works(app: TestApp) {
    app.set_wall_clock_to_now();
    let ada = app.logged_in(ADA).await;

    let output = run(&app, "off", "user reset-password ada@example.com --yes").await.assert_success();

    assert!(output.starts_with("Warning: ") && output.contains(ADA), "{output}");
    let link = link_in(&output);
    let path = link.strip_prefix(PUBLIC_URL).expect("a link to this server");
    app.get(path).await.assert_status(200);
    let token = path.split_once("?token=").expect("a token").1;
    let reset = json!({"token": token, "password": NEW_PASSWORD});
    app.post("/api/auth/reset").json(&reset).await.assert_status(204);
    ada.me().await.assert_ended(EndReason::PasswordChanged);
    app.log_in(ADA, NEW_PASSWORD).await.assert_ok();
    // A printed link proves no address.
    assert_eq!(app.database().value("select count(*) from users where email_verified_at is not null").await, "0");
    app.post("/api/auth/reset").json(&reset).await.assert_refused(ErrorCode::NotFound);
}

#[app_test]
async fn with_mail_the_link_is_mailed_and_never_printed_unless_that_is_requested(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;

    let output = run(&app, "folder", "user reset-password ada@example.com --yes").await.assert_success();

    assert_eq!(output, "The server sends a link to ada@example.com.\n");
    let mail = app.mail_to(ADA).await;
    app.get(mail.link().strip_prefix(PUBLIC_URL).expect("a link to this server")).await.assert_status(200);
    let output = run(&app, "folder", "user reset-password ada@example.com --print-link --yes").await.assert_success();
    let link = link_in(&output);
    app.get(link.strip_prefix(PUBLIC_URL).expect("a link to this server")).await.assert_status(200);
    assert_eq!(app.mails_to(ADA).await.len(), 1);
    let events = app.database().value("select count(*) from events where kind = 'reset_asked' and ip is null").await;
    assert_eq!(events, "2");
}

#[app_test(sqlite)]
async fn an_account_with_a_refused_password_is_reopened_by_the_operator(app: TestApp) {
    app.logged_in(ADA).await;
    app.database().execute("update users set password_refused_at = 1").await;
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    let output = run(&app, "off", "user reset-password ada@example.com --yes").await.assert_success();
    let link = link_in(&output);
    let token = link.split_once("?token=").expect("a token").1;
    app.post("/api/auth/reset").json(&json!({"token": token, "password": NEW_PASSWORD})).await.assert_status(204);
    app.log_in(ADA, NEW_PASSWORD).await.assert_ok();
}

#[app_test(sqlite)]
async fn the_commands_ask_first_and_refuse_what_cannot_work(app: TestApp) {
    app.logged_in(ADA).await;
    let run = async |arguments: &str| run(&app, "off", arguments).await;
    run("user reset-password ada@example.com").await.assert_failure(2, "confirm with --yes");
    run("user reset-password bob@example.com --yes").await.assert_failure(1, "bob@example.com has no account");
    app.database().execute("update users set disabled_at = 1").await;
    run("user reset-password ada@example.com --yes").await.assert_failure(1, "is disabled; enable it first");
    assert_eq!(app.database().value("select count(*) from tickets").await, "0");
}

#[app_test]
async fn an_address_is_verified_on_the_word_of_the_operator(app: TestApp) {
    app.logged_in(ADA).await;
    let output = run(&app, "off", "user verify ada@example.com").await.assert_success();
    assert_eq!(output, "ada@example.com is verified.\n");
    assert_eq!(app.database().value("select count(*) from users where email_verified_at > 0").await, "1");
    let output = run(&app, "off", "user verify ada@example.com").await.assert_success();
    assert_eq!(output, "ada@example.com was verified already.\n");
    assert_eq!(app.database().value("select count(*) from events where kind = 'email_verified'").await, "1");
}

#[app_test(sqlite)]
async fn what_the_operator_does_to_an_account_is_mailed(app: TestApp) {
    app.logged_in(ADA).await;
    app.logged_in("bob@example.com").await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    run(&app, "folder", "user disable ada@example.com --yes").await.assert_success();
    run(&app, "folder", "user enable ada@example.com").await.assert_success();
    let mut purposes: Vec<_> = app.mails_to(ADA).await.into_iter().map(|mail| mail.purpose).collect();
    purposes.sort();
    assert_eq!(purposes, ["account-disabled", "account-enabled"]);
}
