//! `POST /api/auth/login`.

use doorward_api::{CredentialStorage, EndReason, ErrorCode};
use serde_json::json;
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, Response, TestApp};

/// What an attacker can compare.
fn observable(response: &Response) -> (u16, Vec<(String, String)>, String) {
    let headers = response
        .headers_except_request_id()
        .iter()
        .map(|(name, value)| (name.to_string(), format!("{value:?}")))
        .collect();
    (response.status, headers, response.text().to_owned())
}

#[app_test(each_policy)]
async fn a_login_starts_a_session(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();

    let response = app.log_in("ada@example.com", PASSWORD).await.assert_status(200);

    let ada = Browser::from_response(&app, "ada@example.com", response);
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

#[app_test(each_policy)]
async fn an_email_matches_in_any_spelling(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    for spelling in ["ADA@example.com", "Ada@Example.COM", " ada@example.com ", "ａda@example.com"] {
        app.log_in(spelling, PASSWORD).await.assert_ok();
    }
}

#[app_test(each_policy)]
async fn unknown_wrong_and_disabled_logins_are_indistinguishable(app: TestApp) {
    for email in ["ada@example.com", "bob@example.com"] {
        app.register(email, PASSWORD).await.assert_ok();
    }
    app.database().execute("update users set disabled_at = 1 where email = 'bob@example.com'").await;

    let wrong = app.log_in("ada@example.com", "wrong horse battery staple").await;
    let unknown = app.log_in("nobody@example.com", PASSWORD).await;
    let disabled = app.log_in("bob@example.com", PASSWORD).await;
    let malformed = app.log_in("nobody", PASSWORD).await;
    let empty = app.post("/api/auth/login").json(&json!({})).await;

    for other in [&unknown, &disabled, &malformed, &empty] {
        assert_eq!(observable(other), observable(&wrong));
    }
    wrong.assert_refused(ErrorCode::InvalidCredentials);
}

#[app_test(each_policy)]
async fn each_login_starts_a_new_session(app: TestApp) {
    let phone = app.logged_in("ada@example.com").await;
    let laptop = app.logged_in("ada@example.com").await;

    assert_ne!(phone.session_id(), laptop.session_id());
    assert!(phone.credential != laptop.credential || app.credential_storage() == CredentialStorage::AccessTokenOnly);
    assert_eq!(phone.token_response.user, laptop.token_response.user);
    phone.me().await.assert_ok();
    phone.refresh().await.assert_ok();
}

#[app_test(policies_with_cookies)]
async fn a_login_replaces_the_previous_session_of_the_browser(app: TestApp) {
    let previous = app.logged_in("ada@example.com").await;
    let other_browser = app.logged_in("ada@example.com").await;

    let latest = previous.log_in_again().await;

    previous.me().await.assert_ended(EndReason::Replaced);
    previous.refresh().await.assert_ended(EndReason::Replaced);
    latest.refresh().await.assert_ok();
    other_browser.refresh().await.assert_ok();
}

#[app_test(policies_with_cookies)]
async fn a_login_replaces_the_previous_session_even_of_another_user(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    app.register("bob@example.com", PASSWORD).await.assert_ok();

    let response = ada.log_in_as("bob@example.com").await.assert_ok();

    assert_ne!(response.json()["user"]["id"], ada.user_id());
    ada.me().await.assert_ended(EndReason::Replaced);
}

#[app_test(each_policy)]
async fn a_failed_login_replaces_no_session(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    let form = json!({"email": "ada@example.com", "password": "wrong horse battery staple"});
    let response = app.post("/api/auth/login").with_cookie_of(&ada).json(&form).await;

    response.assert_refused(ErrorCode::InvalidCredentials);
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

#[app_test]
async fn an_invalid_cookie_does_not_prevent_a_login(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let forged = ada.refresh_forgery().claim("sid", json!("0".repeat(32))).signed_as_refresh_token(&app);
    ada.log_out().await.assert_ok();

    let form = json!({"email": "ada@example.com", "password": PASSWORD});
    for cookie in [ada.credential.as_str(), "nonsense", "", &forged, ada.access_token()] {
        app.post("/api/auth/login").refresh_cookie(cookie).json(&form).await.assert_ok();
    }
}

#[app_test(each_policy)]
async fn logins_and_failures_are_recorded_without_email_and_password(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    app.log_in("ada@example.com", "a wrong one, typed by hand").await;
    app.log_in("nobody@example.com", "a wrong one, typed by hand").await;

    let kinds = app.database().rows("select kind, ip from events order by kind").await;
    let expected = [["logged_in"], ["login_failed"], ["login_failed"], ["registered"]];
    assert_eq!(kinds, expected.map(|[kind]| vec![kind.to_owned(), "203.0.113.7".to_owned()]));
    let contents = app.database().contents().await;
    assert!(!contents.contains("typed by hand") && !contents.contains("nobody@"));
}
