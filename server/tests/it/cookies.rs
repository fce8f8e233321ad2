//! The refresh cookie: how it is set, read and cleared.

use doorward_api::{EndReason, ErrorCode};
use macro_rules_attribute::apply;
use serde_json::json;

use crate::fixture::{Answer, PASSWORD};

/// The attributes of the cookie that `answer` sets, sorted.
fn attributes(answer: &Answer) -> Vec<String> {
    let header = answer.set_cookie().expect("a cookie");
    let mut attributes: Vec<_> = header.split("; ").skip(1).map(str::to_owned).collect();
    attributes.sort();
    attributes
}

#[apply(on_both_databases!)]
async fn r23_r24_the_cookie_has_exactly_these_attributes(app: TestApp) {
    let month = "Max-Age=2592000";
    for answer in [app.register("ada@example.com", PASSWORD).await, app.log_in("ada@example.com", PASSWORD).await] {
        assert_eq!(attributes(&answer), ["HttpOnly", month, "Path=/", "SameSite=Strict", "Secure"]);
        assert!(answer.set_cookie().expect("a cookie").starts_with("__Host-Http-refresh=eyJ"));
    }
}

#[apply(on_both_databases!)]
async fn r24_the_cookie_lives_as_long_as_the_session(app: TestApp) {
    app.restart_with(|settings| settings.set("session_lifetime", "90s")).await;
    let answer = app.register("ada@example.com", PASSWORD).await;
    assert!(attributes(&answer).contains(&"Max-Age=90".into()));
}

#[apply(on_both_databases!)]
async fn on_loopback_the_cookie_can_do_without_a_secure_origin(app: TestApp) {
    app.restart_with(|settings| {
        settings.set("cookie_secure", "false");
        settings.set("public_url", "http://localhost:3000");
    })
    .await;

    let answer = app.register("ada@example.com", PASSWORD).await.assert_ok();

    assert_eq!(attributes(&answer), ["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Strict"]);
    let cookie = answer.set_cookie().and_then(|header| header.split(';').next()).expect("a cookie").to_owned();
    assert!(cookie.starts_with("refresh=eyJ"), "{cookie}");
    app.post("/api/auth/refresh").header("cookie", &cookie).await.assert_status(200);
    let answer = app.post("/api/auth/logout").header("cookie", &cookie).await.assert_status(204);
    assert_eq!(answer.set_cookie(), Some("refresh=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0"));
    app.post("/api/auth/refresh").header("cookie", &cookie).await.assert_ended(EndReason::LoggedOut);
}

#[apply(on_both_databases!)]
async fn a_server_on_the_network_does_not_start_with_an_insecure_cookie(app: TestApp) {
    let refused = app.try_restart_with(|settings| settings.set("cookie_secure", "false")).await;
    assert!(refused.expect_err("refused").starts_with("cookie_secure"));
}

#[apply(on_both_databases!)]
async fn r25_the_cookie_is_small_enough_for_every_browser(app: TestApp) {
    let email = format!("{}@{}.{}.com", "a".repeat(64), "b".repeat(63), "c".repeat(63));
    let form = json!({"email": email, "password": PASSWORD, "name": "🦀".repeat(100)});
    let answer = app.post("/api/auth/register").json(&form).await.assert_ok();
    assert!(answer.set_cookie().expect("a cookie").len() < 1024);
}

#[apply(on_both_databases!)]
async fn r27_two_refresh_cookies_are_refused(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let bob = app.logged_in("bob@example.com").await;
    let one_line = format!("__Host-Http-refresh={}; __Host-Http-refresh={}", ada.kept, bob.kept);

    for path in ["/api/auth/refresh", "/api/auth/logout"] {
        app.post(path).header("cookie", &one_line).await.assert_refused(ErrorCode::MalformedRequest);
        app.post(path).cookie(&ada.kept).cookie(&bob.kept).await.assert_refused(ErrorCode::MalformedRequest);
        app.post(path).cookie(&ada.kept).cookie(&ada.kept).await.assert_refused(ErrorCode::MalformedRequest);
        app.post(path).cookie("").cookie(&ada.kept).await.assert_refused(ErrorCode::MalformedRequest);
        // A byte that is no text in one of them does not hide it.
        let odd = [b"__Host-Http-refresh=\xff; __Host-Http-refresh=", ada.kept.as_bytes()].concat();
        app.post(path).header("cookie", odd).await.assert_refused(ErrorCode::MalformedRequest);
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

#[apply(on_both_databases!)]
async fn other_cookies_are_nobodys_business(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let token = &ada.kept;
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
    app.post("/api/auth/refresh").header("cookie", "a=1").cookie(token).await.assert_status(200);
}

#[apply(on_both_databases!)]
async fn the_name_of_the_cookie_is_exact(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for name in ["__host-http-refresh", "__Host-refresh", "refresh", "__Host-Http-refresh2", "__Host-Http-refresh "] {
        let answer = app.post("/api/auth/refresh").header("cookie", format!("{name}={}", ada.kept)).await;
        answer.assert_refused(ErrorCode::SessionMissing);
    }
}

#[apply(on_both_databases!)]
async fn sent_as_anything_else_its_value_is_a_forgery(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let id = ada.refresh_forgery().claims["jti"].as_str().expect("a jti").to_owned();
    let login = app.post("/api/auth/login").json(&json!({"email": "ada@example.com", "password": PASSWORD}));
    for secret in [ada.kept.as_str(), &id] {
        app.post("/api/auth/refresh").with_refresh_token(secret).await.assert_ended(EndReason::Unknown);
        app.post("/api/auth/refresh").session_cookie(secret).await.assert_ended(EndReason::Unknown);
        app.get("/api/me").session_cookie(secret).await.assert_ended(EndReason::Unknown);
        app.get("/api/me").bearer(secret).await.assert_refused(ErrorCode::TokenInvalid);

        app.post("/api/auth/logout").with_refresh_token(secret).await.assert_status(204);
        app.post("/api/auth/logout").session_cookie(secret).await.assert_status(204);
        login.clone().session_cookie(secret).await.assert_ok();
    }
    app.post("/api/auth/refresh").cookie(&id).await.assert_ended(EndReason::Unknown);
    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}
