//! `memory-only`: the refresh token is in the answer to the login, and in the bodies of refresh and logout.

use doorward_api::{EndReason, ErrorCode};
use macro_rules_attribute::apply;
use serde_json::json;

use crate::fixture::{PASSWORD, Request};

const ADA: &str = "ada@example.com";
const DAY: u64 = 24 * 3600;

macro_rules! under_memory_only {
    ($($test:tt)*) => { under_policies! { [memory_only MemoryOnly] $($test)* } };
}

// That it is in no other answer, and that no answer has a cookie, is checked on each of them.
#[apply(under_memory_only!)]
async fn r26_the_refresh_token_comes_once(app: TestApp) {
    for answer in [app.register(ADA, PASSWORD).await, app.log_in(ADA, PASSWORD).await] {
        let token = answer.assert_ok().json()["refresh_token"].as_str().expect("a refresh token").to_owned();
        let refreshed = app.post("/api/auth/refresh").with_refresh_token(&token).await.assert_status(200).json();
        assert!(refreshed["access_token"].is_string() && refreshed.get("refresh_token").is_none());
    }
}

#[apply(under_memory_only!)]
async fn r24_it_ends_with_the_session(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let (begin, claims) = (app.seconds(), ada.refresh_forgery().claims);
    assert_eq!((&claims["iat"], &claims["exp"]), (&json!(begin), &json!(begin + 30 * 24 * 3600)));
    assert_eq!(claims["sid"], ada.session());
    for _ in 0..29 {
        app.advance(DAY);
        ada.refresh().await.assert_ok();
    }
    app.advance(DAY);
    ada.refresh().await.assert_ended(EndReason::Expired);
}

#[apply(under_memory_only!)]
async fn sent_as_anything_else_it_is_a_forgery(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let token = ada.kept.as_str();
    let id = ada.refresh_forgery().claims["jti"].as_str().expect("a jti").to_owned();
    let (me, refresh) = (|| app.get("/api/me"), || app.post("/api/auth/refresh"));

    refresh().cookie(token).await.assert_ended(EndReason::Unknown);
    refresh().session_cookie(token).await.assert_ended(EndReason::Unknown);
    // The database holds its hash, as it holds those of session cookies.
    refresh().session_cookie(&id).await.assert_ended(EndReason::Unknown);
    me().session_cookie(&id).await.assert_ended(EndReason::Unknown);
    me().session_cookie(token).await.assert_ended(EndReason::Unknown);
    me().cookie(token).await.assert_refused(ErrorCode::TokenMissing);
    me().bearer(token).await.assert_refused(ErrorCode::TokenInvalid);
    refresh().bearer(token).await.assert_refused(ErrorCode::SessionMissing);
    app.post(&format!("/api/auth/refresh?refresh_token={token}")).await.assert_refused(ErrorCode::SessionMissing);
    refresh().json(&json!({"token": token})).await.assert_wrong(&["token"]);

    // Nor does it log anybody out, or count as the session that this browser had.
    let login = app.post("/api/auth/login").json(&json!({"email": ADA, "password": PASSWORD}));
    for cookie in [Request::cookie, Request::session_cookie] {
        for secret in [token, &id] {
            cookie(app.post("/api/auth/logout"), secret).await.assert_status(204);
            cookie(login.clone(), secret).await.assert_ok();
        }
    }
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

#[apply(under_memory_only!)]
async fn what_is_no_refresh_token_is_refused_without_a_word(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let refresh = || app.post("/api/auth/refresh");
    for nothing in [json!({}), json!({"refresh_token": null})] {
        refresh().json(&nothing).await.assert_refused(ErrorCode::SessionMissing);
    }
    for odd in [json!(1), json!(true), json!([ada.kept]), json!({"token": ada.kept})] {
        refresh().json(&json!({"refresh_token": odd})).await.assert_refused(ErrorCode::MalformedRequest);
    }
    for forged in ["", " ", "x.y.z", ada.access_token(), &format!(" {}", ada.kept), &"x".repeat(8000)] {
        refresh().with_refresh_token(forged).await.assert_ended(EndReason::Unknown);
    }
    let token = &ada.kept;
    let twice = format!(r#"{{"refresh_token": "{token}", "refresh_token": "{token}"}}"#);
    refresh().json_text(twice).await.assert_refused(ErrorCode::MalformedRequest);
    refresh().json_text(format!(r#"["{token}"]"#)).await.assert_refused(ErrorCode::MalformedRequest);
    refresh().with_refresh_token(&"x".repeat(17_000)).await.assert_refused(ErrorCode::TooLarge);
    ada.refresh().await.assert_ok();
}

#[apply(under_memory_only!)]
async fn r71_r72_no_other_site_can_send_it(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let form = json!({"refresh_token": ada.kept}).to_string();
    for path in ["/api/auth/refresh", "/api/auth/logout"] {
        let plain = app.post(path).header("content-type", "text/plain").body(form.clone());
        plain.await.assert_refused(ErrorCode::UnsupportedMediaType);
        let site = app.post(path).without("sec-fetch-site").header("sec-fetch-site", "same-site");
        site.json_text(form.clone()).await.assert_refused(ErrorCode::CrossSiteRequest);
    }
    ada.refresh().await.assert_ok();
}

#[apply(under_memory_only!)]
async fn a_logout_needs_the_token_or_the_access_token(app: TestApp) {
    let (phone, laptop, tablet) = (app.logged_in(ADA).await, app.logged_in(ADA).await, app.logged_in(ADA).await);

    // As a tab does that is closed: it may have no access token any more.
    app.post("/api/auth/logout").with_refresh_token(&phone.kept).await.assert_status(204);
    app.post("/api/auth/logout").with_refresh_token(&phone.kept).await.assert_status(204);

    phone.me().await.assert_ended(EndReason::LoggedOut);
    phone.refresh().await.assert_ended(EndReason::LoggedOut);
    let both = app.post("/api/auth/logout").with_refresh_token(&laptop.kept).bearer(tablet.access_token());
    both.await.assert_status(204);
    laptop.me().await.assert_ended(EndReason::LoggedOut);
    tablet.refresh().await.assert_ended(EndReason::LoggedOut);
}

#[apply(under_memory_only!)]
async fn each_tab_has_a_session_of_its_own(app: TestApp) {
    let first = app.logged_in(ADA).await;
    let second = first.log_in_again().await;
    first.refresh().await.assert_ok();
    second.log_out().await.assert_ok();
    first.refresh().await.assert_ok();
}
