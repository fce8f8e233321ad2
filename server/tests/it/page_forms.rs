//! The forms of the pages, as a browser submits them without the WebAssembly.

use std::future::IntoFuture;

use doorward_api::{EndReason, ErrorCode};
use test_macros::app_test;
use url::form_urlencoded;

use crate::support::{PASSWORD, Request, Response, TestApp};

const ADA: &str = "ada@example.com";

fn submit(app: &TestApp, path: &str, fields: &[(&str, &str)]) -> Request {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    app.post(path).header("content-type", "application/x-www-form-urlencoded").body(body)
}

async fn submit_login(app: &TestApp, path: &str, password: &str) -> Response {
    submit(app, path, &[("email", ADA), ("password", password)]).await
}

fn location(response: &Response) -> &str {
    response.header("location").expect("a location")
}

/// Whether the page has the form again, with this email in it.
fn shows_form_with(page: &Response, email: &str) -> bool {
    page.text().contains("<form") && page.text().contains(&format!(r#"value="{email}""#))
}

fn cookie(response: &Response) -> &str {
    response.set_cookie().and_then(|cookie| cookie.split(';').next()).expect("a cookie")
}

#[app_test(each_policy)]
async fn registering_and_logging_in_need_no_webassembly_where_the_credential_is_a_cookie(app: TestApp) {
    let fields = [("name", "Ada"), ("email", ADA), ("password", PASSWORD)];
    let response = submit(&app, "/register", &fields).await;
    if !app.state().policies.for_roles(&[]).name.credential_storage().is_cookie() {
        let page = response.assert_status(422);
        assert!(page.text().contains("needs JavaScript and WebAssembly") && shows_form_with(&page, ADA));
        app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
        app.register(ADA, PASSWORD).await.assert_ok();
        let page = submit_login(&app, "/login", PASSWORD).await.assert_status(422);
        assert!(page.text().contains("needs JavaScript and WebAssembly"), "{}", page.text());
        assert_eq!(app.logged_in(ADA).await.sessions().await.len(), 2, "the page has started none");
        return;
    }
    assert_eq!((response.status, location(&response)), (303, "/account"));
    app.get("/account").header("cookie", cookie(&response)).await.assert_status(200);

    let response = submit_login(&app, "/login", PASSWORD).await.assert_status(303);
    app.post("/api/auth/refresh").header("cookie", cookie(&response)).await.assert_ok();
    let response = app.post("/logout").header("cookie", cookie(&response)).await.assert_status(303);
    assert_eq!(location(&response), "/login");
}

#[app_test]
async fn a_logout_by_form_ends_the_session(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.post("/logout").with_cookie_of(&ada).await.assert_status(303);
    ada.refresh().await.assert_ended(EndReason::LoggedOut);
    ada.me().await.assert_ended(EndReason::LoggedOut);
    // Again, and without a session.
    app.post("/logout").with_cookie_of(&ada).await.assert_status(303);
    app.post("/logout").await.assert_status(303);
}

#[app_test]
async fn a_login_leads_to_the_return_path_on_this_origin(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    for (path, expected) in [
        ("/login", "/account"),
        ("/login?next=/sessions", "/sessions"),
        ("/login?next=/orders%3Fa%3D1%26b", "/orders?a=1&b"),
        ("/login?next=//evil.example", "/account"),
        ("/login?next=/%5Cevil.example", "/account"),
        ("/login?next=https://evil.example", "/account"),
        ("/login?next=/login", "/account"),
        ("/login?next=/register?next=/login", "/account"),
    ] {
        let response = submit_login(&app, path, PASSWORD).await.assert_status(303);
        assert_eq!(location(&response), expected, "{path}");
    }
    let fields = [("email", ADA), ("password", PASSWORD), ("next", "https://evil.example")];
    assert_eq!(location(&submit(&app, "/login", &fields).await.assert_status(303)), "/account");
}

#[app_test]
async fn a_rejected_form_is_the_same_page_with_what_was_entered(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    let register = |name: &'static str, email: &'static str, password: &'static str| {
        submit(&app, "/register", &[("name", name), ("email", email), ("password", password)])
    };
    let cases = [
        (submit(&app, "/login", &[("email", ADA), ("password", "wrong horse")]), 401, "Incorrect email or password."),
        (submit(&app, "/login", &[("email", ADA), ("password", "")]), 422, "Enter your password."),
        (submit(&app, "/login", &[("email", ADA)]), 422, "Enter your password."),
        (register("Ada", ADA, PASSWORD), 409, "already an account with this email."),
        (register("Ada", ADA, "short"), 422, "Use at least 15 characters"),
        (register("\u{202e}", ADA, PASSWORD), 422, "Enter your name"),
        (submit(&app, "/login", &[("email", ADA), ("email", ADA), ("password", PASSWORD)]), 422, "sent twice"),
    ];
    for (request, status, sentence) in cases {
        let page = request.await.assert_status(status);
        assert!(page.text().contains(sentence), "{sentence}: {}", page.text());
        assert_eq!(page.text().matches("<h1").count(), 1);
        assert!(!page.text().contains("wrong horse") && !page.text().contains(PASSWORD), "{}", page.text());
        assert!(page.set_cookies().is_empty());
        if !page.text().contains("sent twice") {
            assert!(shows_form_with(&page, ADA), "{}", page.text());
        }
    }
}

#[app_test]
async fn what_was_entered_is_shown_as_text(app: TestApp) {
    let email = r#""><script>alert(1)</script>"#;
    let page = submit(&app, "/login", &[("email", email), ("password", "x")]).await.assert_status(401);
    assert!(!page.text().contains("<script>alert"), "{}", page.text());
    assert!(page.text().contains("&quot;&gt;&lt;script"), "{}", page.text());
}

#[app_test]
async fn a_form_has_the_limits_of_the_api(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    for _ in 0..10 {
        submit_login(&app, "/login", "wrong horse").await.assert_status(401);
    }
    let page = submit_login(&app, "/login", PASSWORD).await.assert_status(429);
    assert!(page.header("retry-after").is_some() && page.text().contains("Too many attempts."), "{page:?}");
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::TooManyAttempts);
}

#[app_test]
async fn a_body_that_is_no_form_is_rejected_on_the_page(app: TestApp) {
    for (kind, body, status) in [
        ("application/json", r#"{"email": "ada@example.com", "password": "x"}"#, 415),
        ("multipart/form-data; boundary=x", "--x--", 415),
        ("text/plain", "email=a", 415),
        ("application/x-www-form-urlencoded", "email=%ff&password=%fe", 400),
        ("Application/X-WWW-Form-Urlencoded; charset=UTF-8", "email=a%40b.c&password=x", 401),
        ("application/x-www-form-urlencoded", "", 422),
        ("application/x-www-form-urlencoded", "=&&&%", 422),
    ] {
        let page = app.post("/login").header("content-type", kind).body(body).await.assert_status(status);
        assert!(page.text().contains("<form") && page.text().contains("form-alert"), "{kind}: {}", page.text());
    }
    app.post("/login").await.assert_status(422);
    let huge = format!("email={}", "a".repeat(17 * 1024));
    let kind = "application/x-www-form-urlencoded";
    app.post("/login").header("content-type", kind).body(huge).await.assert_status(413);
}

#[app_test]
async fn a_password_keeps_every_character_of_the_form(app: TestApp) {
    let password = "a\0b 🐎 +&=% correct ä staple";
    let fields = [("name", "Ada"), ("email", ADA), ("password", password)];
    submit(&app, "/register", &fields).await.assert_status(303);
    app.log_in(ADA, password).await.assert_ok();
    submit_login(&app, "/login", password).await.assert_status(303);
}

#[app_test]
async fn of_a_hundred_registrations_at_once_one_succeeds(app: TestApp) {
    let fields = [("name", "Ada"), ("email", ADA), ("password", PASSWORD)];
    let responses = futures::future::join_all((0..100).map(|_| submit(&app, "/register", &fields).into_future())).await;
    let count = |status: u16| responses.iter().filter(|response| response.status == status).count();
    assert_eq!(count(303), 1, "{:?}", responses.iter().map(|response| response.status).collect::<Vec<_>>());
    assert_eq!(count(303) + count(409) + count(429) + count(503), 100);
    app.log_in(ADA, PASSWORD).await.assert_ok();
}

#[app_test]
async fn a_login_by_form_replaces_the_session_of_the_browser(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let fields = [("email", ADA), ("password", PASSWORD)];
    submit(&app, "/login", &fields).with_cookie_of(&ada).await.assert_status(303);
    ada.me().await.assert_ended(EndReason::Replaced);
    let twice = "__Host-Http-refresh=a; __Host-Http-refresh=b";
    let page = submit(&app, "/login", &fields).header("cookie", twice).await.assert_status(400);
    assert!(page.text().contains("Two cookies have the same name"), "{}", page.text());
}

#[app_test]
async fn a_user_whose_role_is_bound_to_a_tab_needs_the_webassembly(app: TestApp) {
    app.restart_with(|settings| settings.set("policy_for_role.teller", "banking")).await;
    app.register(ADA, PASSWORD).await.assert_ok();
    submit_login(&app, "/login", PASSWORD).await.assert_status(303);
    app.database().execute("update users set roles = 'teller'").await;
    let page = submit_login(&app, "/login", PASSWORD).await.assert_status(422);
    assert!(page.text().contains("needs JavaScript and WebAssembly"), "{}", page.text());
    submit_login(&app, "/login", "wrong horse").await.assert_status(401);
}
