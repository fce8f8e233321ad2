//! The refresh cookie: how it is set, read and cleared.

use doorward_api::{EndReason, ErrorCode};
use serde_json::json;
use test_macros::app_test;

use crate::support::{PASSWORD, Response, TestApp};

/// The attributes of the cookie that `response` sets, sorted.
fn attributes(response: &Response) -> Vec<String> {
    let header = response.set_cookie().expect("a cookie");
    let mut attributes: Vec<_> = header.split("; ").skip(1).map(str::to_owned).collect();
    attributes.sort();
    attributes
}

#[app_test]
async fn the_cookie_has_exactly_the_documented_attributes(app: TestApp) {
    let month = "Max-Age=2592000";
    for response in [app.register("ada@example.com", PASSWORD).await, app.log_in("ada@example.com", PASSWORD).await] {
        assert_eq!(attributes(&response), ["HttpOnly", month, "Path=/", "SameSite=Strict", "Secure"]);
        assert!(response.set_cookie().expect("a cookie").starts_with("__Host-Http-refresh=eyJ"));
    }
}

#[app_test]
async fn the_cookie_expires_with_the_session(app: TestApp) {
    app.restart_with(|settings| settings.set("session_lifetime", "90s")).await;
    let response = app.register("ada@example.com", PASSWORD).await;
    assert!(attributes(&response).contains(&"Max-Age=90".into()));
}

#[app_test]
async fn the_cookie_may_be_insecure_on_a_loopback_address(app: TestApp) {
    app.restart_with(|settings| {
        settings.set("cookie_secure", "false");
        settings.set("public_url", "http://localhost:3000");
    })
    .await;

    let response = app.register("ada@example.com", PASSWORD).await.assert_ok();

    assert_eq!(attributes(&response), ["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Strict"]);
    let cookie = response.set_cookie().and_then(|header| header.split(';').next()).expect("a cookie").to_owned();
    assert!(cookie.starts_with("refresh=eyJ"), "{cookie}");
    app.post("/api/auth/refresh").header("cookie", &cookie).await.assert_status(200);
    let response = app.post("/api/auth/logout").header("cookie", &cookie).await.assert_status(204);
    assert_eq!(response.set_cookie(), Some("refresh=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0"));
    app.post("/api/auth/refresh").header("cookie", &cookie).await.assert_ended(EndReason::LoggedOut);
}

#[app_test]
async fn an_insecure_cookie_is_refused_on_a_public_address(app: TestApp) {
    let refused = app.try_restart_with(|settings| settings.set("cookie_secure", "false")).await;
    assert!(refused.expect_err("refused").starts_with("cookie_secure"));
}

#[app_test]
async fn the_cookie_stays_below_the_size_limit_of_browsers(app: TestApp) {
    let email = format!("{}@{}.{}.com", "a".repeat(64), "b".repeat(63), "c".repeat(63));
    let form = json!({"email": email, "password": PASSWORD, "name": "🦀".repeat(100)});
    let response = app.post("/api/auth/register").json(&form).await.assert_ok();
    assert!(response.set_cookie().expect("a cookie").len() < 1024);
}

#[app_test]
async fn two_refresh_cookies_are_refused(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let bob = app.logged_in("bob@example.com").await;
    let one_line = format!("__Host-Http-refresh={}; __Host-Http-refresh={}", ada.credential, bob.credential);

    for path in ["/api/auth/refresh", "/api/auth/logout"] {
        app.post(path).header("cookie", &one_line).await.assert_refused(ErrorCode::MalformedRequest);
        app.post(path)
            .refresh_cookie(&ada.credential)
            .refresh_cookie(&bob.credential)
            .await
            .assert_refused(ErrorCode::MalformedRequest);
        app.post(path)
            .refresh_cookie(&ada.credential)
            .refresh_cookie(&ada.credential)
            .await
            .assert_refused(ErrorCode::MalformedRequest);
        app.post(path)
            .refresh_cookie("")
            .refresh_cookie(&ada.credential)
            .await
            .assert_refused(ErrorCode::MalformedRequest);
        // Nor does a byte that is no text hide one of them.
        let malformed = [b"__Host-Http-refresh=\xff; __Host-Http-refresh=", ada.credential.as_bytes()].concat();
        app.post(path).header("cookie", malformed).await.assert_refused(ErrorCode::MalformedRequest);
    }
    let form = json!({"email": "ada@example.com", "password": PASSWORD});
    app.post("/api/auth/login")
        .header("cookie", &one_line)
        .json(&form)
        .await
        .assert_refused(ErrorCode::MalformedRequest);
    ada.refresh().await.assert_ok();
    bob.refresh().await.assert_ok();
}

#[app_test]
async fn other_cookies_are_ignored(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let token = &ada.credential;
    for line in [
        format!("a=1; __Host-Http-refresh={token}; b=2"),
        format!("a=1;__Host-Http-refresh={token};b=2"),
        format!("a;=;;  ; __Host-Http-refresh={token}"),
        format!("refresh=x; __host-http-refresh=x; x__Host-Http-refresh=x; __Host-Http-refresh={token}"),
        format!("name=Jürgen; __Host-Http-refresh={token}"),
        format!("a=\"x; y=z\"; __Host-Http-refresh={token}"),
    ] {
        app.post("/api/auth/refresh").header("cookie", &line).await.assert_status(200);
    }
    let latin = [b"name=J\xfcrgen; __Host-Http-refresh=", token.as_bytes()].concat();
    app.post("/api/auth/refresh").header("cookie", latin).await.assert_status(200);
    app.post("/api/auth/refresh").header("cookie", "a=1").refresh_cookie(token).await.assert_status(200);
}

#[app_test]
async fn the_cookie_name_matches_exactly(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for name in ["__host-http-refresh", "__Host-refresh", "refresh", "__Host-Http-refresh2", "__Host-Http-refresh "] {
        let response = app.post("/api/auth/refresh").header("cookie", format!("{name}={}", ada.credential)).await;
        response.assert_refused(ErrorCode::SessionMissing);
    }
}

#[app_test]
async fn the_refresh_token_is_rejected_anywhere_but_in_its_cookie(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let id = ada.refresh_forgery().claims["jti"].as_str().expect("a jti").to_owned();
    let login = app.post("/api/auth/login").json(&json!({"email": "ada@example.com", "password": PASSWORD}));
    for secret in [ada.credential.as_str(), &id] {
        app.post("/api/auth/refresh").with_refresh_token(secret).await.assert_ended(EndReason::Unknown);
        app.post("/api/auth/refresh").session_cookie(secret).await.assert_ended(EndReason::Unknown);
        app.get("/api/me").session_cookie(secret).await.assert_ended(EndReason::Unknown);
        app.get("/api/me").bearer(secret).await.assert_refused(ErrorCode::TokenInvalid);

        app.post("/api/auth/logout").with_refresh_token(secret).await.assert_status(204);
        app.post("/api/auth/logout").session_cookie(secret).await.assert_status(204);
        login.clone().session_cookie(secret).await.assert_ok();
    }
    app.post("/api/auth/refresh").refresh_cookie(&id).await.assert_ended(EndReason::Unknown);
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}
