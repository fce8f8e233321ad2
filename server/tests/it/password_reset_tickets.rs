//! The tokens of links to set a new password: random, hashed, bound and short-lived.

use std::collections::BTreeSet;

use doorward_api::ErrorCode;
use futures::future::join;
use serde_json::json;
use test_macros::app_test;

use crate::support::{PASSWORD, Response, TestApp};

const ADA: &str = "ada@example.com";
const NEW_PASSWORD: &str = "another horse and another staple";

async fn token(app: &TestApp) -> String {
    // The newest mail has a time of its own.
    app.advance_millis(1);
    app.post("/api/auth/forgot").json(&json!({"email": ADA})).await.assert_status(202);
    app.mail_to(ADA).await.token().to_owned()
}

async fn reset(app: &TestApp, token: &str) -> Response {
    app.post("/api/auth/reset").json(&json!({"token": token, "password": NEW_PASSWORD})).await
}

#[app_test]
async fn a_token_has_256_bits_of_which_the_database_has_a_hash(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    let mut tokens = BTreeSet::new();
    for _ in 0..5 {
        tokens.insert(token(&app).await);
    }
    assert_eq!(tokens.len(), 5);
    let contents = app.database().contents().await;
    for token in &tokens {
        assert_eq!(hex::decode(token).expect("hex").len(), 32);
        assert!(!contents.contains(token), "{contents}");
    }
    assert!(!contents.contains("/reset?"), "the mail is encrypted: {contents}");
}

#[app_test]
async fn a_token_is_unknown_one_millisecond_after_its_lifetime(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    app.restart_with(|settings| settings.set("reset_lifetime", "5m")).await;
    let token = token(&app).await;

    app.advance_millis(5 * 60 * 1000 - 1);
    app.get(&format!("/reset?token={token}")).await.assert_status(200);
    app.advance_millis(1);
    let expired = reset(&app, &token).await.assert_refused(ErrorCode::TicketInvalid);

    let unknown = reset(&app, &"ab".repeat(32)).await.assert_refused(ErrorCode::TicketInvalid);
    assert_eq!((expired.body, expired.status), (unknown.body, unknown.status));
}

#[app_test]
async fn the_newest_link_makes_the_older_ones_unknown(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    let old = token(&app).await;
    let new = token(&app).await;
    reset(&app, &old).await.assert_refused(ErrorCode::TicketInvalid);
    reset(&app, &new).await.assert_status(204);
}

#[app_test]
async fn of_two_links_that_were_asked_for_at_the_same_time_one_works(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    let other = app.another_node().await;
    join(token(&app), token(&other)).await;

    let mut alive = 0;
    for mail in app.mails_to(ADA).await {
        alive += i32::from(app.get(&format!("/reset?token={}", mail.token())).await.status == 200);
    }
    assert_eq!(alive, 1);
}

#[app_test(each_policy)]
async fn a_change_of_password_or_address_makes_a_link_unknown(app: TestApp) {
    let mut ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    let before = token(&app).await;
    ada.change_password_and_store(PASSWORD, "a third horse and its staple").await;
    reset(&app, &before).await.assert_refused(ErrorCode::TicketInvalid);

    for change in ["email = 'ada@example.org'", "email = 'ada@example.com', factors_version = factors_version + 1"] {
        app.database().execute(format!("update users set email = '{ADA}'")).await;
        let before = token(&app).await;
        app.database().execute(format!("update users set {change}")).await;
        reset(&app, &before).await.assert_refused(ErrorCode::TicketInvalid);
    }
}

#[app_test]
async fn a_token_is_nothing_for_another_purpose(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    let reset_token = token(&app).await;
    app.get(&format!("/not-me?token={reset_token}")).await.assert_status(422);
    app.log_in(ADA, PASSWORD).await.assert_ok();
    let notices = app.mails_to(ADA).await;
    let notice = notices.iter().find(|mail| mail.purpose == "new-device").expect("a notice");
    reset(&app, notice.token()).await.assert_refused(ErrorCode::TicketInvalid);
    // Neither is a credential.
    app.get("/api/me").bearer(&reset_token).await.assert_refused(ErrorCode::TokenInvalid);
    reset(&app, &reset_token).await.assert_status(204);
}

#[app_test(sqlite)]
async fn what_is_no_token_is_unknown(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    let token = token(&app).await;
    for text in
        ["", "x", &token.to_uppercase(), &token[1..], &format!("{token} "), &"%00".repeat(64), &"a".repeat(9000)]
    {
        reset(&app, text).await.assert_refused(ErrorCode::TicketInvalid);
    }
    app.get("/reset").await.assert_status(422);
    reset(&app, &token).await.assert_status(204);
}
