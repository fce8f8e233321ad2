//! "This wasn't me": the link of a notice ends what a stranger has, and refuses the password until it is set anew by mail.

use doorward_api::{Activity, EndReason, ErrorCode, EventKind};
use futures::future::join_all;
use serde_json::json;
use test_macros::app_test;
use url::form_urlencoded;

use crate::support::{Browser, PASSWORD, Response, TestApp, eventually};

const ADA: &str = "ada@example.com";
const NEW_PASSWORD: &str = "another horse and another staple";

async fn answer(app: &TestApp, token: &str, answer: &str) -> Response {
    let fields = [("token", token), ("answer", answer)];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    app.post("/not-me").header("content-type", "application/x-www-form-urlencoded").body(body).await
}

/// A browser of the user, and one of a stranger who knows the password, with the token of the notice.
async fn break_in(app: &TestApp) -> (Browser, Browser, String) {
    let ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    app.advance(1);
    let thief = Browser::from_response(app, ADA, app.log_in(ADA, PASSWORD).await);
    let token = app.mail_to(ADA).await.token().to_owned();
    (ada, thief, token)
}

async fn reset(app: &TestApp) -> Response {
    app.advance_millis(1);
    app.post("/api/auth/forgot").json(&json!({"email": ADA})).await.assert_status(202);
    let token = app.mail_to(ADA).await.token().to_owned();
    app.post("/api/auth/reset").json(&json!({"token": token, "password": NEW_PASSWORD})).await
}

#[app_test(each_policy)]
async fn a_report_ends_the_session_on_every_node_and_refuses_the_password_until_a_reset(app: TestApp) {
    let (ada, thief, token) = break_in(&app).await;
    let other = app.another_node().await.with_revocation_sync();
    let tab = thief.session_end_stream().await;

    let response = answer(&app, &token, "not_me").await.assert_status(303);

    assert_eq!(response.header("location"), Some("/forgot?reported"));
    thief.me().await.assert_ended(EndReason::NotMe);
    thief.refresh().await.assert_ended(EndReason::NotMe);
    assert_eq!(tab.end().await.expect("an event").reason, EndReason::NotMe);
    let on_other = thief.on_node(&other);
    eventually(async || on_other.me().await.status == 401).await;
    ada.me().await.assert_ok();
    for node in [&app, &other] {
        node.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    }
    ada.log_in_with(PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);

    reset(&app).await.assert_status(204);
    app.log_in(ADA, NEW_PASSWORD).await.assert_ok();
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
}

#[app_test(each_policy)]
async fn a_refused_password_is_answered_like_a_wrong_one_for_the_same_work_and_opens_nothing(app: TestApp) {
    let (ada, _, token) = break_in(&app).await;
    app.log_in(ADA, "a wrong horse with a staple").await;
    let hasher = || app.state().password_hasher.work_done();
    let before = hasher();
    let wrong = app.log_in(ADA, "a wrong horse with a staple").await;
    let work_of_wrong = hasher() - before;
    answer(&app, &token, "not_me").await.assert_status(303);

    let before = hasher();
    let refused = app.log_in(ADA, PASSWORD).await;

    assert_eq!(hasher() - before, work_of_wrong);
    assert_eq!((refused.status, &refused.body), (wrong.status, &wrong.body));
    assert_eq!(refused.headers_except_request_id(), wrong.headers_except_request_id());
    // Another session cannot make the known password good again.
    ada.change_password(PASSWORD, NEW_PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in(ADA, NEW_PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
}

#[app_test(each_policy)]
async fn a_stranger_who_changes_the_password_and_the_address_cannot_stop_the_report(app: TestApp) {
    let (_, mut thief, token) = break_in(&app).await;
    thief.change_password_and_store(PASSWORD, NEW_PASSWORD).await;
    app.database().execute("update users set email = 'eve@example.org', factors_version = factors_version + 1").await;

    answer(&app, &token, "not_me").await.assert_status(303);

    // Also under the other id that the session has since the change.
    thief.me().await.assert_ended(EndReason::NotMe);
    thief.refresh().await.assert_ended(EndReason::NotMe);
    app.log_in("eve@example.org", NEW_PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
}

#[app_test]
async fn logins_that_had_no_mail_of_their_own_end_with_the_reported_one(app: TestApp) {
    let (ada, thief, token) = break_in(&app).await;
    app.advance(5 * 60);
    let second = Browser::from_response(&app, ADA, app.log_in(ADA, PASSWORD).await);
    assert_eq!(app.mails_to(ADA).await.len(), 1);

    answer(&app, &token, "not_me").await.assert_status(303);

    for browser in [&thief, &second] {
        browser.refresh().await.assert_ended(EndReason::NotMe);
    }
    ada.refresh().await.assert_ok();
}

#[app_test(each_policy)]
async fn a_reported_change_of_the_password_ends_all_sessions(app: TestApp) {
    let (ada, mut thief, _) = break_in(&app).await;
    app.advance_millis(1);
    thief.change_password_and_store(PASSWORD, NEW_PASSWORD).await;
    let notice = app.mail_to(ADA).await;
    assert_eq!(notice.purpose, "password-changed");
    let second = Browser::from_response(&app, ADA, app.log_in(ADA, NEW_PASSWORD).await);
    ada.refresh().await.assert_ended(EndReason::PasswordChanged);

    answer(&app, notice.token(), "not_me").await.assert_status(303);

    for browser in [&thief, &second] {
        browser.me().await.assert_ended(EndReason::NotMe);
    }
}

#[app_test]
async fn a_report_kills_links_that_were_asked_for_before(app: TestApp) {
    let (_, _, token) = break_in(&app).await;
    app.advance_millis(1);
    app.post("/api/auth/forgot").json(&json!({"email": ADA})).await.assert_status(202);
    let reset_token = app.mail_to(ADA).await.token().to_owned();

    answer(&app, &token, "not_me").await.assert_status(303);

    let reset = json!({"token": reset_token, "password": NEW_PASSWORD});
    app.post("/api/auth/reset").json(&reset).await.assert_refused(ErrorCode::TicketInvalid);
}

#[app_test]
async fn it_was_me_changes_nothing_and_can_be_corrected(app: TestApp) {
    let (_, thief, token) = break_in(&app).await;
    let response = answer(&app, &token, "me").await.assert_status(303);
    assert_eq!(response.header("location"), Some("/not-me?thanks"));
    thief.refresh().await.assert_ok();
    for unclear in ["", "ME", "maybe"] {
        let page = answer(&app, &token, unclear).await.assert_status(422);
        assert!(page.text().contains("Choose one of the answers."), "{}", page.text());
        thief.refresh().await.assert_ok();
    }
    answer(&app, &token, "not_me").await.assert_status(303);
    thief.refresh().await.assert_ended(EndReason::NotMe);
}

#[app_test]
async fn a_report_works_once_for_seven_days_however_many_logins_have_come_since(app: TestApp) {
    let (_, thief, token) = break_in(&app).await;
    for _ in 0..5 {
        app.advance(24 * 3600);
        app.log_in(ADA, PASSWORD).await.assert_ok();
    }
    let newest = app.mail_to(ADA).await.token().to_owned();
    app.clean_up().await;
    app.advance_millis(2 * 24 * 3600 * 1000 - 1);
    app.get(&format!("/not-me?token={token}")).await.assert_status(200);

    let responses = join_all((0..10).map(|_| answer(&app, &token, "not_me"))).await;

    assert_eq!(responses.iter().filter(|response| response.status == 303).count(), 1);
    assert_eq!(responses.iter().filter(|response| response.status == 422).count(), 9);
    if app.credential_storage().is_renewable() {
        thief.refresh().await.assert_ended(EndReason::NotMe);
    }
    assert_eq!(app.database().value("select count(*) from events where kind = 'reported_not_me'").await, "1");
    app.advance_millis(5 * 24 * 3600 * 1000);
    app.get(&format!("/not-me?token={newest}")).await.assert_status(200);
    app.advance_millis(1);
    app.get(&format!("/not-me?token={newest}")).await.assert_status(422);
}

#[app_test(sqlite)]
async fn the_page_shows_no_more_than_the_notice_and_logs_nobody_in(app: TestApp) {
    let (_, _, token) = break_in(&app).await;
    let page = app.get(&format!("/not-me?token={token}")).await.assert_status(200);
    for text in ["2026-01-01 00:00 UTC", "It was me", "It wasn't me", r#"type="radio""#] {
        assert!(page.text().contains(text), "{text}: {}", page.text());
    }
    assert!(!page.text().contains("checked"), "nothing is chosen");
    for private in ["ada", "Lovelace", "203.0.113"] {
        assert!(!page.text().contains(private), "{private}");
    }
    let done = answer(&app, &token, "not_me").await.assert_status(303);
    assert!(done.set_cookies().is_empty());
}

#[app_test]
async fn the_activity_shows_the_report(app: TestApp) {
    let (ada, _, token) = break_in(&app).await;
    answer(&app, &token, "not_me").await.assert_status(303);
    let events = ada.get("/api/activity").await.parse::<Activity>().events;
    assert!(events.iter().any(|event| event.kind == EventKind::ReportedNotMe && event.device.is_some()));
    assert!(events.iter().any(|event| event.reason == Some(EndReason::NotMe)));
}
