//! Invalid requests: each is refused with a problem that has a stable code, and has no effect.

use axum::http::StatusCode;
use doorward_api::ErrorCode;
use serde_json::json;
use test_macros::app_test;

use crate::support::{PASSWORD, TestApp};

const FORMS: [&str; 4] = ["/api/auth/register", "/api/auth/login", "/api/account/password", "/api/fn/change_name"];

/// A valid body for this path.
fn form(path: &str) -> serde_json::Value {
    match path {
        "/api/auth/register" => json!({"email": "ada@example.com", "password": PASSWORD, "name": "Ada"}),
        "/api/auth/login" => json!({"email": "ada@example.com", "password": PASSWORD}),
        "/api/fn/change_name" => json!({"name": "Ada"}),
        _ => json!({"current_password": PASSWORD, "new_password": PASSWORD}),
    }
}

/// Sends a body to every form, authorized where the form needs it.
async fn assert_every_form_refuses(app: &TestApp, text: &[u8], code: ErrorCode) {
    let eve = app.logged_in("eve@example.com").await;
    for path in FORMS {
        let request = eve.post(path).raw_json(text.to_vec());
        request.await.assert_refused(code);
    }
}

#[app_test(each_policy)]
async fn a_body_that_is_no_json_object_is_malformed(app: TestApp) {
    let bodies: [&[u8]; 19] = [
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
    for text in bodies {
        assert_every_form_refuses(&app, text, ErrorCode::MalformedRequest).await;
    }
}

#[app_test(each_policy)]
async fn text_that_is_no_unicode_is_malformed(app: TestApp) {
    for text in [br#"{"email": "\ud800"}"#.as_slice(), b"{\"email\": \"\xff\"}", b"{\"password\": \"\xc0\x80\"}"] {
        let response = app.post("/api/auth/login").raw_json(text).await;
        response.assert_refused(ErrorCode::MalformedRequest);
    }
}

#[app_test(each_policy)]
async fn values_of_the_wrong_type_are_malformed(app: TestApp) {
    let eve = app.logged_in("eve@example.com").await;
    for path in FORMS {
        let valid = form(path);
        for name in valid.as_object().expect("an object").keys() {
            for value in [json!(null), json!(1), json!(1.5), json!(true), json!([]), json!(["a"]), json!({"a": "b"})] {
                let mut form = valid.clone();
                form[name] = value;
                let request = eve.post(path).json(&form);
                request.await.assert_refused(ErrorCode::MalformedRequest);
            }
        }
    }
}

#[app_test(each_policy)]
async fn unknown_fields_are_invalid(app: TestApp) {
    let eve = app.logged_in("eve@example.com").await;
    for path in FORMS {
        for (name, value) in [("role", json!("admin")), ("id", json!(1)), ("deep", json!({"a": [1, {"b": 2}]}))] {
            let mut form = form(path);
            form[name] = value;
            eve.post(path).json(&form).await.assert_invalid_fields(&[name]);
        }
    }
}

#[app_test(each_policy)]
async fn a_field_that_appears_twice_is_malformed(app: TestApp) {
    let twice = br#"{"email": "ada@example.com", "email": "eve@example.com", "password": "x"}"#;
    app.post("/api/auth/login").raw_json(twice.to_vec()).await.assert_refused(ErrorCode::MalformedRequest);
}

#[app_test(each_policy)]
async fn deeply_nested_json_is_refused(app: TestApp) {
    let arrays = "[".repeat(8000) + &"]".repeat(8000);
    let objects = r#"{"a":"#.repeat(2000) + "1" + &"}".repeat(2000);
    for deep in [arrays, objects] {
        let known = format!(r#"{{"password": {deep}}}"#);
        app.post("/api/auth/login").raw_json(known).await.assert_refused(ErrorCode::MalformedRequest);
        let unknown = format!(r#"{{"x": {deep}}}"#);
        assert_every_form_refuses(&app, unknown.as_bytes(), ErrorCode::InvalidInput).await;
    }
}

#[app_test(each_policy)]
async fn errors_do_not_echo_the_request(app: TestApp) {
    let texts = [r#"{"password": "hunter2hunter2!" x"#, r#"{"password": ["hunter2hunter2!"]}"#];
    for text in texts {
        let response = app.post("/api/auth/login").raw_json(text).await;
        assert!(!response.text().contains("hunter2"), "{}", response.text());
        response.assert_refused(ErrorCode::MalformedRequest);
    }
}

#[app_test(each_policy)]
async fn bodies_over_16_kib_are_too_large(app: TestApp) {
    let filler = |length: usize| format!(r#"{{"email": "{}"}}"#, "x".repeat(length - 13));
    let eve = app.logged_in("eve@example.com").await;
    for path in FORMS {
        let post = || eve.post(path);
        for length in [16 * 1024 + 1, 17 * 1024, 1 << 20] {
            post().raw_json(filler(length)).await.assert_refused(ErrorCode::TooLarge);
            let without_length = post().raw_json(filler(length)).without_header("content-length");
            without_length.clone().await.assert_refused(ErrorCode::TooLarge);
            without_length.header("transfer-encoding", "chunked").await.assert_refused(ErrorCode::TooLarge);
        }
        assert_ne!(post().raw_json(filler(16 * 1024)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    }
    // These need no body, but refuse one that is too large all the same.
    for path in ["/api/auth/refresh", "/api/auth/logout"] {
        app.post(path).raw_json(filler(17 * 1024)).await.assert_refused(ErrorCode::TooLarge);
    }
}

#[app_test(each_policy)]
async fn a_body_that_is_not_declared_as_json_is_refused(app: TestApp) {
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
        let response = app.post("/api/auth/login").header("content-type", kind).body(text.clone()).await;
        response.assert_refused(ErrorCode::UnsupportedMediaType);
        let two = app.post("/api/auth/login").header("content-type", "application/json").header("content-type", kind);
        two.body(text.clone()).await.assert_refused(ErrorCode::UnsupportedMediaType);
        let refresh = app.post("/api/auth/refresh").refresh_cookie("x").header("content-type", kind).body(text.clone());
        refresh.await.assert_refused(ErrorCode::UnsupportedMediaType);
    }
}

#[app_test(each_policy)]
async fn a_body_without_a_content_type_is_refused(app: TestApp) {
    let text = form("/api/auth/login").to_string();
    let untyped = app.post("/api/auth/login").body(text);
    untyped.clone().await.assert_refused(ErrorCode::UnsupportedMediaType);
    let streamed = untyped.without_header("content-length");
    streamed.clone().header("transfer-encoding", "chunked").await.assert_refused(ErrorCode::UnsupportedMediaType);
    // As HTTP/2 sends it.
    streamed.await.assert_refused(ErrorCode::UnsupportedMediaType);
}

#[app_test(each_policy)]
async fn a_content_type_may_have_parameters_and_capitals(app: TestApp) {
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    let text = form("/api/auth/login").to_string();
    for kind in ["application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"] {
        app.post("/api/auth/login").header("content-type", kind).body(text.clone()).await.assert_ok();
    }
}

#[app_test(each_policy)]
async fn other_methods_are_not_allowed(app: TestApp) {
    let without_body = ["/api/auth/refresh", "/api/auth/logout"];
    let posts: Vec<_> = FORMS.into_iter().chain(without_body).collect();
    for path in posts {
        for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let response = app.request(method, path).await.assert_status(405);
            assert_eq!(response.header("allow"), Some("POST"), "{method} {path}");
        }
        app.get(path).await.assert_refused(ErrorCode::MethodNotAllowed);
    }
    for path in ["/api/me", "/api/account", "/api/openapi.json", "/.well-known/jwks.json", "/healthz", "/readyz"] {
        app.post(path).await.assert_refused(ErrorCode::MethodNotAllowed);
        app.request("PUT", path).await.assert_refused(ErrorCode::MethodNotAllowed);
    }
}

#[app_test(each_policy)]
async fn an_unknown_path_under_api_is_a_problem_and_no_page(app: TestApp) {
    for path in ["/api", "/api/", "/api/nothing", "/api/me/", "/api/auth", "/api/auth/login/", "/api//me", "/api/../me"]
    {
        app.get(path).await.assert_refused(ErrorCode::NotFound);
    }
    app.post("/api/nothing").json(&json!({})).await.assert_refused(ErrorCode::NotFound);
    app.request("DELETE", "/api/nothing").await.assert_refused(ErrorCode::NotFound);
}
