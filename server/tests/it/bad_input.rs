//! Requests that nobody should send: every answer is a problem with a stable code, and nothing happens.

use axum::http::StatusCode;
use doorward_api::ErrorCode;
use macro_rules_attribute::apply;
use serde_json::json;

use crate::fixture::{PASSWORD, TestApp};

const FORMS: [&str; 4] = ["/api/auth/register", "/api/auth/login", "/api/account/password", "/api/fn/change_name"];

/// What each form takes, with 16 KiB of room.
fn form(path: &str) -> serde_json::Value {
    match path {
        "/api/auth/register" => json!({"email": "ada@example.com", "password": PASSWORD, "name": "Ada"}),
        "/api/auth/login" => json!({"email": "ada@example.com", "password": PASSWORD}),
        "/api/fn/change_name" => json!({"name": "Ada"}),
        _ => json!({"current_password": PASSWORD, "new_password": PASSWORD}),
    }
}

/// Sends `text` to every form, with whatever token it needs.
async fn every_form_refuses(app: &TestApp, text: &[u8], code: ErrorCode) {
    let eve = app.logged_in("eve@example.com").await;
    for path in FORMS {
        let request = eve.post(path).json_text(text.to_vec());
        request.await.assert_refused(code);
    }
}

#[apply(under_each_policy!)]
async fn what_is_no_json_object_is_malformed(app: TestApp) {
    let no_objects: [&[u8]; 19] = [
        b"",
        b" ",
        b"null",
        b"true",
        b"17",
        b"\"text\"",
        b"[]",
        br#"["ada@example.com", "correct horse battery staple", "Ada"]"#,
        b"{",
        b"}",
        b"{]",
        br#"{"email": "ada@example.com""#,
        br#"{"email": "ada@example.com",}"#,
        b"{} {}",
        b"{}x",
        b"\xef\xbb\xbf{}",
        br"{'email': 'ada@example.com'}",
        br#"{"email": NaN}"#,
        b"email=ada%40example.com",
    ];
    for text in no_objects {
        every_form_refuses(&app, text, ErrorCode::MalformedRequest).await;
    }
}

#[apply(under_each_policy!)]
async fn text_that_is_no_unicode_is_malformed(app: TestApp) {
    for text in [br#"{"email": "\ud800"}"#.as_slice(), b"{\"email\": \"\xff\"}", b"{\"password\": \"\xc0\x80\"}"] {
        let answer = app.post("/api/auth/login").json_text(text).await;
        answer.assert_refused(ErrorCode::MalformedRequest);
    }
}

#[apply(under_each_policy!)]
async fn o1_values_of_the_wrong_type_are_malformed(app: TestApp) {
    let eve = app.logged_in("eve@example.com").await;
    for path in FORMS {
        let good = form(path);
        for name in good.as_object().expect("an object").keys() {
            for wrong in [json!(null), json!(1), json!(1.5), json!(true), json!([]), json!(["a"]), json!({"a": "b"})] {
                let mut form = good.clone();
                form[name] = wrong;
                let request = eve.post(path).json(&form);
                request.await.assert_refused(ErrorCode::MalformedRequest);
            }
        }
    }
}

#[apply(under_each_policy!)]
async fn o1_unknown_fields_are_named(app: TestApp) {
    let eve = app.logged_in("eve@example.com").await;
    for path in FORMS {
        for (name, value) in [("role", json!("admin")), ("id", json!(1)), ("deep", json!({"a": [1, {"b": 2}]}))] {
            let mut form = form(path);
            form[name] = value;
            eve.post(path).json(&form).await.assert_wrong(&[name]);
        }
    }
}

#[apply(under_each_policy!)]
async fn a_field_that_appears_twice_is_malformed(app: TestApp) {
    let twice = br#"{"email": "ada@example.com", "email": "eve@example.com", "password": "x"}"#;
    app.post("/api/auth/login").json_text(twice.to_vec()).await.assert_refused(ErrorCode::MalformedRequest);
}

#[apply(under_each_policy!)]
async fn f7_json_that_is_nested_deeply_is_refused(app: TestApp) {
    let arrays = "[".repeat(8000) + &"]".repeat(8000);
    let objects = r#"{"a":"#.repeat(2000) + "1" + &"}".repeat(2000);
    for deep in [arrays, objects] {
        let known = format!(r#"{{"password": {deep}}}"#);
        app.post("/api/auth/login").json_text(known).await.assert_refused(ErrorCode::MalformedRequest);
        let unknown = format!(r#"{{"x": {deep}}}"#);
        every_form_refuses(&app, unknown.as_bytes(), ErrorCode::InvalidInput).await;
    }
}

#[apply(under_each_policy!)]
async fn what_was_sent_is_not_echoed(app: TestApp) {
    let texts = [r#"{"password": "hunter2hunter2!" x"#, r#"{"password": ["hunter2hunter2!"]}"#];
    for text in texts {
        let answer = app.post("/api/auth/login").json_text(text).await;
        assert!(!answer.text().contains("hunter2"), "O5: {}", answer.text());
        answer.assert_refused(ErrorCode::MalformedRequest);
    }
}

#[apply(under_each_policy!)]
async fn f7_bodies_over_16_kib_are_too_large(app: TestApp) {
    let filler = |length: usize| format!(r#"{{"email": "{}"}}"#, "x".repeat(length - 13));
    let eve = app.logged_in("eve@example.com").await;
    for path in FORMS {
        let post = || eve.post(path);
        for length in [16 * 1024 + 1, 17 * 1024, 1 << 20] {
            post().json_text(filler(length)).await.assert_refused(ErrorCode::TooLarge);
            let unannounced = post().json_text(filler(length)).without("content-length");
            unannounced.clone().await.assert_refused(ErrorCode::TooLarge);
            unannounced.header("transfer-encoding", "chunked").await.assert_refused(ErrorCode::TooLarge);
        }
        assert_ne!(post().json_text(filler(16 * 1024)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    }
    // These read no body; one that is announced is refused all the same.
    for path in ["/api/auth/refresh", "/api/auth/logout"] {
        app.post(path).json_text(filler(17 * 1024)).await.assert_refused(ErrorCode::TooLarge);
    }
}

#[apply(under_each_policy!)]
async fn r71_a_body_that_is_not_json_is_refused_unread(app: TestApp) {
    let text = form("/api/auth/login").to_string();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "text/json",
        "application/problem+json",
        "text/plain; application/json",
        "",
        "\u{ff}",
    ] {
        let answer = app.post("/api/auth/login").header("content-type", kind).body(text.clone()).await;
        answer.assert_refused(ErrorCode::UnsupportedMediaType);
        let cookie_only = app.post("/api/auth/refresh").cookie("x").header("content-type", kind).body(text.clone());
        cookie_only.await.assert_refused(ErrorCode::UnsupportedMediaType);
    }
}

#[apply(under_each_policy!)]
async fn r71_a_body_without_a_type_is_refused_however_it_arrives(app: TestApp) {
    let text = form("/api/auth/login").to_string();
    let untyped = app.post("/api/auth/login").body(text);
    untyped.clone().await.assert_refused(ErrorCode::UnsupportedMediaType);
    let streamed = untyped.without("content-length");
    streamed.clone().header("transfer-encoding", "chunked").await.assert_refused(ErrorCode::UnsupportedMediaType);
    // HTTP/2 needs neither header.
    streamed.await.assert_refused(ErrorCode::UnsupportedMediaType);
}

#[apply(under_each_policy!)]
async fn a_type_with_parameters_or_in_capitals_is_json_too(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    let text = form("/api/auth/login").to_string();
    for kind in ["application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"] {
        app.post("/api/auth/login").header("content-type", kind).body(text.clone()).await.assert_ok();
    }
}

#[apply(under_each_policy!)]
async fn another_method_is_not_allowed(app: TestApp) {
    let without_body = ["/api/auth/refresh", "/api/auth/logout"];
    let posts: Vec<_> = FORMS.into_iter().chain(without_body).collect();
    for path in posts {
        for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let answer = app.request(method, path).await.assert_status(405);
            assert_eq!(answer.header("allow"), Some("POST"), "{method} {path}");
        }
        app.get(path).await.assert_refused(ErrorCode::MethodNotAllowed);
    }
    for path in ["/api/me", "/api/account", "/api/openapi.json", "/.well-known/jwks.json", "/healthz", "/readyz"] {
        app.post(path).await.assert_refused(ErrorCode::MethodNotAllowed);
        app.request("DELETE", path).await.assert_refused(ErrorCode::MethodNotAllowed);
    }
}

#[apply(under_each_policy!)]
async fn an_unknown_address_under_api_is_a_problem_never_a_page(app: TestApp) {
    for path in ["/api", "/api/", "/api/nothing", "/api/me/", "/api/auth", "/api/auth/login/", "/api//me", "/api/../me"]
    {
        app.get(path).await.assert_refused(ErrorCode::NotFound);
    }
    app.post("/api/nothing").json(&json!({})).await.assert_refused(ErrorCode::NotFound);
    app.request("DELETE", "/api/nothing").await.assert_refused(ErrorCode::NotFound);
}
