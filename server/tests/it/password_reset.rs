//! A forgotten password is set anew with the link of a mail.

use doorward_api::{Activity, EndReason, ErrorCode, EventKind, PolicyName};
use futures::future::join_all;
use serde_json::json;
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, Response, TestApp, eventually};

const ADA: &str = "ada@example.com";
const NEW_PASSWORD: &str = "another horse and another staple";

/// Asks for a link; returns its token.
async fn token(app: &TestApp) -> String {
    // The newest mail has a time of its own.
    app.advance_millis(1);
    app.post("/api/auth/forgot").json(&json!({"email": ADA})).await.assert_status(202);
    app.mail_to(ADA).await.token().to_owned()
}

async fn reset(app: &TestApp, token: &str, password: &str) -> Response {
    app.post("/api/auth/reset").json(&json!({"token": token, "password": password})).await
}

#[app_test(each_policy)]
async fn a_link_sets_a_new_password_once_and_logs_nobody_in(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    let token = token(&app).await;

    let response = reset(&app, &token, NEW_PASSWORD).await.assert_status(204);

    assert!(response.set_cookies().is_empty() && response.body.is_empty());
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in(ADA, NEW_PASSWORD).await.assert_ok();
    reset(&app, &token, "a third horse and its staple").await.assert_refused(ErrorCode::TicketInvalid);
    app.log_in(ADA, NEW_PASSWORD).await.assert_ok();
}

#[app_test(each_policy)]
async fn a_reset_ends_all_sessions_at_once_and_on_other_nodes_within_a_second(app: TestApp) {
    let browsers = [app.logged_in(ADA).await, app.logged_in(ADA).await];
    let bob = app.logged_in("bob@example.com").await;
    app.restart_with_mail().await;
    let other = app.another_node().await.with_revocation_sync();
    let tab = browsers[0].session_end_stream().await;
    let token = token(&app).await;

    reset(&app, &token, NEW_PASSWORD).await.assert_status(204);

    for browser in &browsers {
        browser.me().await.assert_ended(EndReason::PasswordChanged);
        browser.refresh().await.assert_ended(EndReason::PasswordChanged);
        let on_other = browser.on_node(&other);
        eventually(async || on_other.me().await.status == 401).await;
        on_other.me().await.assert_ended(EndReason::PasswordChanged);
    }
    assert_eq!(tab.end().await.expect("an event").reason, EndReason::PasswordChanged);
    bob.me().await.assert_ok();
}

#[app_test]
async fn of_twenty_simultaneous_uses_on_two_nodes_one_succeeds(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    let other = app.another_node().await;
    let token = token(&app).await;

    let uses = (0..20).map(|n| {
        let (node, token) = (if n % 2 == 0 { &app } else { &other }, &token);
        async move { (n, reset(node, token, &format!("horse {n} and another staple")).await) }
    });
    let responses = join_all(uses).await;

    let (won, lost): (Vec<_>, Vec<_>) = responses.into_iter().partition(|(_, response)| response.status == 204);
    assert_eq!(won.len(), 1);
    for (_, response) in lost {
        response.assert_refused(ErrorCode::TicketInvalid);
    }
    app.log_in(ADA, &format!("horse {} and another staple", won[0].0)).await.assert_ok();
    assert_eq!(app.database().value("select count(*) from events where kind = 'reset_done'").await, "1");
}

#[app_test]
async fn a_password_that_breaks_a_rule_leaves_the_link_usable(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    let token = token(&app).await;

    for password in ["", "short", "passwordpassword", "Ada Lovelace Ada Lovelace", PASSWORD, &"x".repeat(1025)] {
        reset(&app, &token, password).await.assert_invalid_fields(&["password"]);
        ada.refresh().await.assert_ok();
    }
    reset(&app, &token, NEW_PASSWORD).await.assert_status(204);
}

#[app_test]
async fn a_reset_verifies_the_address_and_only_that(app: TestApp) {
    app.logged_in(ADA).await;
    app.logged_in("bob@example.com").await;
    app.restart_with_mail().await;

    let token = token(&app).await;
    reset(&app, &token, NEW_PASSWORD).await.assert_status(204);

    let verified = app.database().rows("select email from users where email_verified_at is not null").await;
    assert_eq!(verified, [[ADA]]);
}

#[app_test]
async fn a_disabled_account_gets_no_link_and_cannot_use_an_older_one(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    let token = token(&app).await;
    app.database().execute("update users set disabled_at = 1").await;

    reset(&app, &token, NEW_PASSWORD).await.assert_refused(ErrorCode::TicketInvalid);
    app.get(&format!("/reset?token={token}")).await.assert_status(422);
    app.post("/api/auth/forgot").json(&json!({"email": ADA})).await.assert_status(202);
    assert_eq!(app.mails_to(ADA).await.len(), 1);
}

/// A login with the old password that has begun before the reset and ends after it.
#[app_test(each_policy)]
async fn no_racing_login_with_the_old_password_outlives_the_reset(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    let token = token(&app).await;

    let logins = join_all((0..20).map(|_| app.log_in(ADA, PASSWORD)));
    let (done, logins) = futures::future::join(reset(&app, &token, NEW_PASSWORD), logins).await;

    done.assert_status(204);
    for response in logins {
        if response.status == 200 {
            Browser::from_response(&app, ADA, response).me().await.assert_ended(EndReason::PasswordChanged);
        } else {
            response.assert_refused(ErrorCode::InvalidCredentials);
        }
    }
}

#[app_test]
async fn the_activity_shows_the_request_and_the_reset(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    let token = token(&app).await;
    reset(&app, &token, NEW_PASSWORD).await.assert_status(204);
    let ada = Browser::from_response(&app, ADA, app.log_in(ADA, NEW_PASSWORD).await);

    let events = ada.get("/api/activity").await.parse::<Activity>().events;

    for kind in [EventKind::ResetAsked, EventKind::ResetDone] {
        let event = events.iter().find(|event| event.kind == kind).expect("an event");
        assert!(event.ip.is_some() && event.device.is_some(), "{event:?}");
    }
}

#[app_test]
async fn a_reset_gives_the_attempts_of_the_account_back(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    app.restart_with(|settings| settings.set("login_attempts", "2/15m")).await;
    for _ in 0..3 {
        app.log_in(ADA, "a wrong horse with a staple").await;
    }
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::TooManyAttempts);
    let token = token(&app).await;
    reset(&app, &token, NEW_PASSWORD).await.assert_status(204);
    app.log_in(ADA, NEW_PASSWORD).await.assert_ok();
}

#[app_test(sqlite)]
async fn nothing_is_changed_by_a_reset_that_cannot_be_written(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    let token = token(&app).await;
    assert_eq!(app.policy(), PolicyName::Retention);

    app.database().break_table("events").await;
    reset(&app, &token, NEW_PASSWORD).await.assert_refused(ErrorCode::Unavailable);
    app.database().repair_table("events").await;

    ada.refresh().await.assert_ok();
    app.log_in(ADA, PASSWORD).await.assert_ok();
    reset(&app, &token, NEW_PASSWORD).await.assert_status(204);
}
