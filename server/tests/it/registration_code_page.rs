//! Registration with the forms of the pages, without the WebAssembly: the code is typed on a page without scripts.

use test_macros::app_test;
use url::form_urlencoded;

use crate::support::{PASSWORD, REGISTRATION_COOKIE, Request, Response, TestApp, wrong_code};

const ADA: &str = "ada@example.com";
const FIELDS: [(&str, &str); 3] = [("name", "Ada"), ("email", ADA), ("password", PASSWORD)];

fn submit(app: &TestApp, path: &str, fields: &[(&str, &str)]) -> Request {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    app.post(path).header("content-type", "application/x-www-form-urlencoded").body(body)
}

fn location(response: &Response) -> &str {
    response.header("location").expect("a location")
}

fn cookie(response: &Response) -> String {
    format!("{REGISTRATION_COOKIE}={}", response.cookie(REGISTRATION_COOKIE).expect("the ticket"))
}

/// Submits the form to register; returns the cookie with the ticket.
async fn begin(app: &TestApp, path: &str) -> (String, String) {
    let response = submit(app, path, &FIELDS).await.assert_status(303);
    (cookie(&response), location(&response).to_owned())
}

async fn code(app: &TestApp) -> String {
    app.mail_to(ADA).await.code().to_owned()
}

#[app_test(policies_with_cookies)]
async fn a_form_leads_to_the_page_for_the_code_which_logs_in(app: TestApp) {
    let app = app.with_mail().await;
    let (ticket, path) = begin(&app, "/register?next=/sessions").await;
    assert_eq!(path, "/register/code?next=/sessions");
    let page = app.get(&path).header("cookie", &ticket).await.assert_status(200);
    for part in [
        "Check your email",
        ADA,
        r#"autocomplete="one-time-code""#,
        r#"inputmode="numeric""#,
        "Create account",
        "Send a new code",
        r#"<a href="/register?next=/sessions">Use another email"#,
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }

    let code = code(&app).await;
    let response = submit(&app, &path, &[("code", &code)]).header("cookie", &ticket).await.assert_status(303);

    assert_eq!(location(&response), "/sessions");
    let session = response.set_cookie().and_then(|cookie| cookie.split(';').next()).expect("a session").to_owned();
    app.get("/account").header("cookie", session).await.assert_status(200);
    let again = submit(&app, &path, &[("code", &code)]).header("cookie", &ticket).await.assert_status(303);
    assert_eq!(location(&again), "/register?next=/sessions");
    assert_eq!(app.database().value("select count(*) from users where email_verified_at is not null").await, "1");
}

#[app_test]
async fn the_page_has_no_script_and_shows_itself_to_nobody_else(app: TestApp) {
    let app = app.with_mail().await;
    let (ticket, path) = begin(&app, "/register").await;
    let page = app.get(&path).header("cookie", &ticket).await.assert_status(200);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    assert_eq!(page.header("referrer-policy"), Some("strict-origin"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("x-robots-tag"), Some("noindex"));
    assert!(!page.text().contains("<script") && page.text().matches("<h1").count() == 1, "{}", page.text());
    let secret = ticket.split_once('=').expect("a value").1;
    assert!(!page.text().contains(secret), "the ticket is in the cookie alone");

    for cookie in ["", "other=1", "__Host-Http-registration=x", &format!("{ticket}; {ticket}")] {
        let response = app.get(&path).header("cookie", cookie).await.assert_status(303);
        assert_eq!(location(&response), "/register");
        let response = submit(&app, &path, &[("code", "12345678")]).header("cookie", cookie).await;
        assert_eq!((response.status, location(&response)), (303, "/register"));
    }
}

#[app_test]
async fn a_wrong_code_is_an_error_of_its_field_and_the_fifth_leads_to_the_start(app: TestApp) {
    let app = app.with_mail().await;
    let (ticket, path) = begin(&app, "/register").await;
    let wrong = wrong_code(&code(&app).await);
    let empty = submit(&app, &path, &[]).header("cookie", &ticket).await.assert_status(422);
    assert!(empty.text().contains("Enter the code from the mail."), "{}", empty.text());
    for sentence in ["4 more times", "3 more times", "2 more times", "one more time", "Start again"] {
        let page = submit(&app, &path, &[("code", &wrong)]).header("cookie", &ticket).await.assert_status(422);
        for part in [sentence, r#"aria-invalid="true""#, r##"href="#code""##, r#"aria-describedby="code-error""#] {
            assert!(page.text().contains(part), "{part}: {}", page.text());
        }
        assert!(!page.text().contains(&wrong));
    }
    let over = submit(&app, &path, &[("code", &wrong)]).header("cookie", &ticket).await.assert_status(303);
    assert_eq!(location(&over), "/register");
}

#[app_test]
async fn a_new_code_can_be_requested_on_the_page(app: TestApp) {
    let app = app.with_mail().await;
    let (ticket, path) = begin(&app, "/register").await;
    let resend = || submit(&app, &path, &[("resend", "true")]).header("cookie", &ticket);
    let early = resend().await.assert_status(429);
    assert!(early.text().contains("Try again in") && early.header("retry-after").is_some(), "{}", early.text());
    app.advance(30);
    let response = resend().await.assert_status(303);
    assert_eq!(location(&response), "/register/code?resent");
    let page = app.get("/register/code?resent").header("cookie", &ticket).await.assert_status(200);
    assert!(page.text().contains("A new mail is on its way."), "{}", page.text());
    let mails = app.mails_to(ADA).await;
    let first = mails[0].code();
    submit(&app, &path, &[("code", first)]).header("cookie", &ticket).await.assert_status(303);
}

#[app_test]
async fn a_form_of_another_site_changes_nothing(app: TestApp) {
    let app = app.with_mail().await;
    let (ticket, path) = begin(&app, "/register").await;
    let code = code(&app).await;
    let form = |site: &str| {
        let request =
            submit(&app, &path, &[("code", &code)]).without_header("sec-fetch-site").header("cookie", &ticket);
        if site.is_empty() { request } else { request.header("sec-fetch-site", site) }
    };
    form("cross-site").await.assert_status(403);
    form("same-site").await.assert_status(403);
    form("").await.assert_status(403);
    form("").header("origin", "https://evil.example").await.assert_status(403);
    assert_eq!(app.database().value("select count(*) from users").await, "0");
    form("").header("origin", "https://doorward.test").await.assert_status(303);
}

#[app_test(each_policy)]
async fn where_only_a_page_may_hold_credentials_the_form_waits_for_the_webassembly(app: TestApp) {
    if app.credential_storage().is_cookie() {
        return;
    }
    let app = app.with_mail().await;
    let page = submit(&app, "/register", &FIELDS).await.assert_status(422);
    assert!(page.text().contains("needs JavaScript and WebAssembly") && page.set_cookies().is_empty());
    assert!(app.outbox().await.is_empty(), "nothing has begun");
    let ticket = app.begin_registration(ADA).await;
    let fields = [("code", code(&app).await)];
    let fields = fields.each_ref().map(|(name, code)| (*name, code.as_str()));
    let cookie = format!("{REGISTRATION_COOKIE}={ticket}");
    let page = submit(&app, "/register/code", &fields).header("cookie", cookie).await.assert_status(422);
    assert!(page.text().contains("needs JavaScript and WebAssembly"), "{}", page.text());
    app.registered_with_code("bob@example.com").await;
}

#[app_test]
async fn known_addresses_get_the_same_pages(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_status(201);
    let app = app.with_mail().await;
    let (ticket, path) = begin(&app, "/register").await;
    app.get(&path).header("cookie", &ticket).await.assert_status(200);
    let page = submit(&app, &path, &[("code", "12345678")]).header("cookie", &ticket).await.assert_status(422);
    assert!(page.text().contains("4 more times"), "{}", page.text());
    assert_eq!(app.mail_to(ADA).await.purpose, "registration-attempt");
}
