//! `doorward user delete` and `restore`: the operator ends an account, and keeps it.

use doorward_api::{EndReason, ErrorCode};
use test_macros::app_test;

use crate::support::{MASTER_SECRET, Output, PASSWORD, PUBLIC_URL, TestApp, run_cli_with};

const ADA: &str = "ada@example.com";

async fn run(app: &TestApp, settings: &[(&str, &str)], arguments: &str) -> Output {
    // As the server: the commands use the real time.
    app.set_wall_clock_to_now();
    let common = [("DOORWARD_SECRET", MASTER_SECRET), ("DOORWARD_PUBLIC_URL", PUBLIC_URL)];
    run_cli_with(app.database(), &[&common, settings].concat(), arguments, b"").await
}

const WITHOUT_MAIL: [(&str, &str); 1] = [("DOORWARD_MAIL", "off")];

#[app_test]
async fn without_mail_the_operator_deletes_a_user_and_restores_them(app: TestApp) {
    app.set_wall_clock_to_now();
    let ada = app.logged_in(ADA).await;
    run(&app, &WITHOUT_MAIL, "user delete ada@example.com").await.assert_failure(2, "ada@example.com");
    ada.me().await.assert_ok();
    assert_eq!(app.database().value("select count(*) from users where delete_at is null").await, "1");

    let output = run(&app, &WITHOUT_MAIL, "user delete ada@example.com --yes").await.assert_success();

    assert!(output.contains("1 session ended") && output.contains("doorward user restore ada@example.com"), "{output}");
    app.restart().await;
    ada.refresh().await.assert_ended(EndReason::AccountDeleted);
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::DeletionPending);
    let list = run(&app, &WITHOUT_MAIL, "user list").await.assert_success();
    assert!(list.contains("deleted on "), "{list}");
    let again = run(&app, &WITHOUT_MAIL, "user delete ada@example.com --yes").await.assert_success();
    assert!(again.contains("already"), "{again}");
    let reset = run(&app, &WITHOUT_MAIL, "user reset-password ada@example.com --yes").await;
    reset.assert_failure(1, "restore it first");

    run(&app, &WITHOUT_MAIL, "user restore ada@example.com").await.assert_failure(2, "ada@example.com");
    let output = run(&app, &WITHOUT_MAIL, "user restore ada@example.com --yes").await.assert_success();
    assert!(output.contains("stays"), "{output}");
    app.log_in(ADA, PASSWORD).await.assert_ok();
    let output = run(&app, &WITHOUT_MAIL, "user restore ada@example.com --yes").await.assert_success();
    assert!(output.contains("is not going to be deleted"), "{output}");
    for kind in ["deletion_asked", "deletion_undone"] {
        let events = format!("select count(*) from events where kind = '{kind}' and ip is null");
        assert_eq!(app.database().value(events).await, "1");
    }
}

#[app_test]
async fn the_user_gets_a_mail_about_it_without_a_link(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    run(&app, &[("DOORWARD_MAIL", "folder")], "user delete ada@example.com --yes").await.assert_success();
    let mail = app.mail_to(ADA).await;
    assert_eq!(mail.purpose, "deletion");
    assert!(
        !mail.content.text.contains("http") && mail.content.text.contains("administrator"),
        "{}",
        mail.content.text
    );
    let problem = app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::DeletionPending).problem();
    assert!(problem.detail.as_ref().is_some_and(|detail| detail.contains("operator")), "{problem:?}");
}

#[app_test]
async fn the_operator_restores_who_has_asked_for_the_deletion(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    ada.request("DELETE", "/api/account").await.assert_status(202);
    let token = app.mail_to(ADA).await.token().to_owned();
    run(&app, &WITHOUT_MAIL, "user restore ada@example.com --yes").await.assert_success();
    app.get(&format!("/deletion/undo?token={token}")).await.assert_status(422);
    app.log_in(ADA, PASSWORD).await.assert_ok();
}

#[app_test]
async fn the_last_administrator_is_not_deleted(app: TestApp) {
    app.logged_in(ADA).await;
    app.database().execute("update users set roles = 'admin'").await;
    run(&app, &WITHOUT_MAIL, "user delete ada@example.com --yes").await.assert_failure(1, "the last administrator");
    app.logged_in(ADA).await.me().await.assert_ok();
}

#[app_test]
async fn without_a_grace_period_the_user_is_gone_at_once(app: TestApp) {
    app.logged_in(ADA).await;
    let settings = [("DOORWARD_MAIL", "off"), ("DOORWARD_DELETION_GRACE", "0")];
    let output = run(&app, &settings, "user delete ada@example.com --yes").await.assert_success();
    assert!(output.contains("ada@example.com is deleted"), "{output}");
    run(&app, &settings, "user restore ada@example.com --yes").await.assert_failure(1, "has no account");
    app.register(ADA, PASSWORD).await.assert_ok();
}
