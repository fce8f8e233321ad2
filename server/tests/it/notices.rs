//! Notices: mails to users about what has happened to their accounts.

use doorward_api::{Activity, ErrorCode, EventKind};
use futures::future::join_all;
use serde_json::json;
use test_macros::app_test;

use crate::{
    support::{Browser, PASSWORD, PolicyName, ServerProcess, TestApp, eventually},
    users::admin,
};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const NEW_PASSWORD: &str = "another horse and another staple";
const DAY: u64 = 24 * 3600;

/// The purposes of the mails to an address, sorted.
async fn purposes(app: &TestApp, email: &str) -> Vec<String> {
    let mut purposes: Vec<_> = app.mails_to(email).await.into_iter().map(|mail| mail.purpose).collect();
    purposes.sort();
    purposes
}

async fn with_verified_ada(app: &TestApp) -> Browser {
    let ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    ada
}

#[app_test(each_policy)]
async fn a_login_on_a_new_device_is_mailed_and_one_on_a_known_device_is_not(app: TestApp) {
    let ada = with_verified_ada(&app).await;
    ada.log_in_with(PASSWORD).await.assert_ok();
    assert!(purposes(&app, ADA).await.is_empty());

    app.log_in(ADA, PASSWORD).await.assert_ok();

    let mail = app.mail_to(ADA).await;
    assert_eq!(mail.purpose, "new-device");
    assert!(mail.link().starts_with("https://doorward.test/not-me?token="), "{}", mail.link());
    assert!(mail.content.text.contains("2026-01-01 00:00 UTC"), "{}", mail.content.text);
    // Failed logins are no logins.
    app.log_in(ADA, "a wrong horse with a staple").await.assert_refused(ErrorCode::InvalidCredentials);
    assert_eq!(purposes(&app, ADA).await.len(), 1);
}

#[app_test]
async fn a_device_that_was_not_used_for_90_days_is_new_again(app: TestApp) {
    let ada = with_verified_ada(&app).await;
    app.advance(89 * DAY);
    let again = ada.log_in_with(PASSWORD).await.assert_ok();
    assert!(purposes(&app, ADA).await.is_empty());
    let ada = Browser::from_response(&app, ADA, again);

    app.advance(91 * DAY);
    ada.log_in_with(PASSWORD).await.assert_ok();
    assert_eq!(purposes(&app, ADA).await, ["new-device"]);
}

#[app_test]
async fn logins_on_new_devices_within_ten_minutes_are_one_mail(app: TestApp) {
    with_verified_ada(&app).await;
    let other = app.another_node().await;
    join_all((0..6).map(|n| if n % 2 == 0 { app.log_in(ADA, PASSWORD) } else { other.log_in(ADA, PASSWORD) })).await;
    app.advance(9 * 60);
    app.log_in(ADA, PASSWORD).await.assert_ok();
    assert_eq!(purposes(&app, ADA).await, ["new-device"]);
    app.advance(2 * 60);
    app.log_in(ADA, PASSWORD).await.assert_ok();
    assert_eq!(purposes(&app, ADA).await, ["new-device", "new-device"]);
}

#[app_test(each_policy)]
async fn a_changed_password_is_mailed(app: TestApp) {
    let ada = with_verified_ada(&app).await;
    ada.change_password("a wrong horse with a staple", NEW_PASSWORD)
        .await
        .assert_refused(ErrorCode::InvalidCredentials);
    assert!(purposes(&app, ADA).await.is_empty());
    ada.change_password(PASSWORD, NEW_PASSWORD).await.assert_ok();
    assert_eq!(purposes(&app, ADA).await, ["password-changed"]);
}

#[app_test]
async fn a_reset_is_mailed_when_it_is_asked_for_and_when_it_is_done(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    app.post("/api/auth/forgot").json(&json!({"email": ADA})).await.assert_status(202);
    let reset = json!({"token": app.mail_to(ADA).await.token(), "password": NEW_PASSWORD});
    app.post("/api/auth/reset").json(&reset).await.assert_status(204);
    assert_eq!(purposes(&app, ADA).await, ["reset", "reset-done"]);
}

#[app_test]
async fn what_an_administrator_does_is_mailed_if_it_changes_anything(app: TestApp) {
    let ada = admin(&app).await;
    let bob = app.logged_in(BOB).await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    for _ in 0..2 {
        ada.request("DELETE", &format!("/api/admin/users/{}/sessions", bob.user_id())).await.assert_ok();
    }
    for action in ["enable", "disable", "disable", "enable"] {
        ada.post(&format!("/api/admin/users/{}/{action}", bob.user_id())).await.assert_ok();
    }

    assert_eq!(purposes(&app, BOB).await, ["account-disabled", "account-enabled", "sessions-ended"]);
    for mail in app.mails_to(BOB).await {
        // Nothing to report: no one has used Bob's password.
        assert!(!mail.content.text.contains("http") && !mail.content.text.contains("Ada"), "{}", mail.content.text);
        assert!(mail.content.text.contains("administrator"));
    }
}

#[app_test]
async fn an_address_that_is_not_proved_gets_no_notice_and_the_activity_has_the_event(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    app.log_in(ADA, PASSWORD).await.assert_ok();
    assert!(app.outbox().await.is_empty());
    let events = ada.get("/api/activity").await.parse::<Activity>().events;
    assert_eq!(events.iter().filter(|event| event.kind == EventKind::LoggedIn).count(), 2);
}

#[app_test(sqlite)]
async fn the_operator_can_switch_notices_off_and_users_cannot(app: TestApp) {
    with_verified_ada(&app).await;
    app.restart_with(|settings| settings.set("notices", "off")).await;
    app.log_in(ADA, PASSWORD).await.assert_ok();
    assert!(app.outbox().await.is_empty());
    app.post("/api/auth/forgot").json(&json!({"email": ADA})).await.assert_status(202);
    assert_eq!(purposes(&app, ADA).await, ["reset"], "what users ask for is no notice");
    app.restart_with(|settings| settings.set("notices", "on")).await;
    app.log_in(ADA, PASSWORD).await.assert_ok();
    assert_eq!(purposes(&app, ADA).await, ["new-device", "reset"]);
}

/// The mail is part of the transaction of its cause.
#[app_test]
async fn what_is_rolled_back_is_not_mailed_and_what_cannot_be_mailed_does_not_happen(app: TestApp) {
    let ada = with_verified_ada(&app).await;
    app.database().break_table("mails").await;
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::Unavailable);
    ada.change_password(PASSWORD, NEW_PASSWORD).await.assert_refused(ErrorCode::Unavailable);
    app.database().repair_table("mails").await;

    assert!(app.outbox().await.is_empty());
    assert_eq!(ada.sessions().await.len(), 1);
    app.log_in(ADA, PASSWORD).await.assert_ok();
}

#[app_test(sqlite)]
async fn a_notice_has_no_text_of_a_person_and_one_link_at_most(app: TestApp) {
    let name = "Buy at http://evil.example now";
    let form = json!({"email": ADA, "password": PASSWORD, "name": name});
    let ada = Browser::from_response(&app, ADA, app.post("/api/auth/register").json(&form).await);
    app.restart_with_mail().await;
    app.verify_emails().await;
    let label = json!({"label": "http://evil.example"});
    ada.request("PATCH", &format!("/api/sessions/{}", ada.session_id())).json(&label).await.assert_ok();
    let login = app.post("/api/auth/login").header("user-agent", "http://evil.example Firefox/1.0");
    login.json(&json!({"email": ADA, "password": PASSWORD})).await.assert_ok();
    ada.change_password(PASSWORD, NEW_PASSWORD).await.assert_ok();

    let mails = app.mails_to(ADA).await;
    assert_eq!(mails.len(), 2);
    for mail in mails {
        let text = mail.content.subject.clone() + &mail.content.text;
        assert!(!text.contains("evil") && !text.contains("Buy"), "{text}");
        assert_eq!(text.matches("http").count(), 1, "{text}");
        assert!(text.contains("because your account has this address"), "{text}");
    }
}

/// Only shows that the parts fit together: the sender has tests of its own.
#[app_test(sqlite)]
async fn a_running_server_takes_requests_for_links(app: TestApp) {
    app.logged_in(ADA).await;
    let settings = [("DOORWARD_MAIL", "folder")];
    let server = ServerProcess::start_with(app.database(), &settings).await;
    assert_eq!(app.policy(), PolicyName::Retention);
    let body = json!({"email": ADA}).to_string();
    let (status, ..) = server.send("POST", "/api/auth/forgot", "", &body).await.unwrap_or_default();
    assert!(status == 202 || status == 0, "{status}");
    eventually(async || app.database().value("select count(*) from tickets").await == "1").await;
}
