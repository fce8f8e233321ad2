//! The policy `memory-only`: the refresh token is in the response to a login, and in the bodies of refresh and logout.

use doorward_api::{EndReason, ErrorCode};
use serde_json::json;
use test_macros::app_test;

use crate::support::{PASSWORD, Request, TestApp};

const ADA: &str = "ada@example.com";
const DAY: u64 = 24 * 3600;

/// Every response is checked to have no refresh token elsewhere, and no cookie.
#[app_test(memory_only)]
async fn only_a_login_returns_the_refresh_token(app: TestApp) {
    for response in [app.register(ADA, PASSWORD).await, app.log_in(ADA, PASSWORD).await] {
        let token = response.assert_ok().json()["refresh_token"].as_str().expect("a refresh token").to_owned();
        let refresh = app.post("/api/auth/refresh").with_refresh_token(&token).await.assert_status(200).json();
        assert!(refresh["access_token"].is_string() && refresh.get("refresh_token").is_none());
    }
}

#[app_test(memory_only)]
async fn the_refresh_token_expires_with_the_session(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (login, claims) = (app.unix_time(), ada.refresh_forgery().claims);
    assert_eq!((&claims["iat"], &claims["exp"]), (&json!(login), &json!(login + 30 * 24 * 3600)));
    assert_eq!(claims["sid"], ada.session_id());
    for _ in 0..29 {
        app.advance(DAY);
        ada.refresh().await.assert_ok();
    }
    app.advance(DAY);
    ada.refresh().await.assert_ended(EndReason::Expired);
}

#[app_test(memory_only)]
async fn the_refresh_token_is_rejected_anywhere_but_in_the_body(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let token = ada.credential.as_str();
    let id = ada.refresh_forgery().claims["jti"].as_str().expect("a jti").to_owned();
    let (me, refresh) = (|| app.get("/api/me"), || app.post("/api/auth/refresh"));

    refresh().refresh_cookie(token).await.assert_ended(EndReason::Unknown);
    refresh().session_cookie(token).await.assert_ended(EndReason::Unknown);
    // The database stores its hash in the same column as those of session cookies.
    refresh().session_cookie(&id).await.assert_ended(EndReason::Unknown);
    me().session_cookie(&id).await.assert_ended(EndReason::Unknown);
    me().session_cookie(token).await.assert_ended(EndReason::Unknown);
    me().refresh_cookie(token).await.assert_refused(ErrorCode::TokenMissing);
    me().bearer(token).await.assert_refused(ErrorCode::TokenInvalid);
    refresh().bearer(token).await.assert_refused(ErrorCode::SessionMissing);
    app.post(&format!("/api/auth/refresh?refresh_token={token}")).await.assert_refused(ErrorCode::SessionMissing);
    refresh().json(&json!({"token": token})).await.assert_invalid_fields(&["token"]);

    // Nor does it end a session, at a logout or as the previous session at a login.
    let login = app.post("/api/auth/login").json(&json!({"email": ADA, "password": PASSWORD}));
    for cookie in [Request::refresh_cookie, Request::session_cookie] {
        for secret in [token, &id] {
            cookie(app.post("/api/auth/logout"), secret).await.assert_status(204);
            cookie(login.clone(), secret).await.assert_ok();
        }
    }
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

#[app_test(memory_only)]
async fn an_invalid_refresh_token_is_rejected(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let refresh = || app.post("/api/auth/refresh");
    for missing in [json!({}), json!({"refresh_token": null})] {
        refresh().json(&missing).await.assert_refused(ErrorCode::SessionMissing);
    }
    for malformed in [json!(1), json!(true), json!([ada.credential]), json!({"token": ada.credential})] {
        refresh().json(&json!({"refresh_token": malformed})).await.assert_refused(ErrorCode::MalformedRequest);
    }
    for forged in ["", " ", "x.y.z", ada.access_token(), &format!(" {}", ada.credential), &"x".repeat(8000)] {
        refresh().with_refresh_token(forged).await.assert_ended(EndReason::Unknown);
    }
    let token = &ada.credential;
    let twice = format!(r#"{{"refresh_token": "{token}", "refresh_token": "{token}"}}"#);
    refresh().raw_json(twice).await.assert_refused(ErrorCode::MalformedRequest);
    refresh().raw_json(format!(r#"["{token}"]"#)).await.assert_refused(ErrorCode::MalformedRequest);
    refresh().with_refresh_token(&"x".repeat(17_000)).await.assert_refused(ErrorCode::TooLarge);
    ada.refresh().await.assert_ok();
}

#[app_test(memory_only)]
async fn other_sites_cannot_send_the_refresh_token(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let form = json!({"refresh_token": ada.credential}).to_string();
    for path in ["/api/auth/refresh", "/api/auth/logout"] {
        let plain = app.post(path).header("content-type", "text/plain").body(form.clone());
        plain.await.assert_refused(ErrorCode::UnsupportedMediaType);
        let same_site = app.post(path).without_header("sec-fetch-site").header("sec-fetch-site", "same-site");
        same_site.raw_json(form.clone()).await.assert_refused(ErrorCode::CrossSiteRequest);
    }
    ada.refresh().await.assert_ok();
}

#[app_test(memory_only)]
async fn the_refresh_token_or_the_access_token_logs_out(app: TestApp) {
    let (phone, laptop, tablet) = (app.logged_in(ADA).await, app.logged_in(ADA).await, app.logged_in(ADA).await);

    // As a closing tab does, whose access token may have expired.
    app.post("/api/auth/logout").with_refresh_token(&phone.credential).await.assert_status(204);
    app.post("/api/auth/logout").with_refresh_token(&phone.credential).await.assert_status(204);

    phone.me().await.assert_ended(EndReason::LoggedOut);
    phone.refresh().await.assert_ended(EndReason::LoggedOut);
    let both = app.post("/api/auth/logout").with_refresh_token(&laptop.credential).bearer(tablet.access_token());
    both.await.assert_status(204);
    laptop.me().await.assert_ended(EndReason::LoggedOut);
    tablet.refresh().await.assert_ended(EndReason::LoggedOut);
}

#[app_test(memory_only)]
async fn each_tab_has_its_own_session(app: TestApp) {
    let first = app.logged_in(ADA).await;
    let second = first.log_in_again().await;
    first.refresh().await.assert_ok();
    second.log_out().await.assert_ok();
    first.refresh().await.assert_ok();
}
