//! The pages `/forgot`, `/reset` and `/not-me`: plain forms, which no scanner of links can use up.

use std::future::IntoFuture;

use doorward_api::{EndReason, ErrorCode};
use test_macros::app_test;
use url::form_urlencoded;

use crate::support::{PASSWORD, PUBLIC_URL, Request, Response, TestApp};

const ADA: &str = "ada@example.com";
const NEW_PASSWORD: &str = "another horse and another staple";

pub fn submit(app: &TestApp, path: &str, fields: &[(&str, &str)]) -> Request {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    app.post(path).header("content-type", "application/x-www-form-urlencoded").body(body)
}

/// The token of a link to set a new password, asked for with the form.
async fn token(app: &TestApp) -> String {
    submit(app, "/forgot", &[("email", ADA)]).await.assert_status(303);
    app.mail_to(ADA).await.token().to_owned()
}

/// The fields of the form on a page, as found.
fn fields(page: &Response) -> Vec<(String, String)> {
    let inputs = page.text().split("<input").skip(1).filter_map(|rest| rest.split('>').next());
    let attribute = |input: &str, name: &str| {
        let (_, rest) = input.split_once(&format!(" {name}=\""))?;
        rest.split('"').next().map(str::to_owned)
    };
    let is_sent = |input: &&str| !input.contains(r#"type="radio""#);
    inputs
        .filter(is_sent)
        .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value").unwrap_or_default())))
        .collect()
}

/// A scanner of links: opens them in every way, and submits the forms that it finds, as found.
pub async fn scan(app: &TestApp, link: &str) {
    let path = link.strip_prefix(PUBLIC_URL).expect("a link to this server");
    let page = app.get(path).await.assert_status(200);
    app.request("HEAD", path).await.assert_status(200);
    app.request("OPTIONS", path).await.assert_status(405);
    app.get(path).header("purpose", "prefetch").header("sec-purpose", "prefetch").await.assert_status(200);
    let action = path.split('?').next().expect("a path");
    let fields = fields(&page);
    assert!(fields.iter().any(|(name, _)| name == "token"), "{fields:?}");
    let as_found: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    submit(app, action, &as_found).await.assert_status(422);
    // To the address of the page, too.
    submit(app, path, &as_found).await.assert_status(422);
    submit(app, path, &[]).await.assert_status(422);
}

#[app_test(each_policy)]
async fn a_forgotten_password_is_set_anew_with_forms_alone(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    let page = app.get("/forgot").await.assert_status(200);
    assert!(page.text().contains(r#"<form method="post" action="/forgot""#), "{}", page.text());

    let sent = submit(&app, "/forgot", &[("email", ADA)]).await.assert_status(303);

    assert_eq!(sent.header("location"), Some("/forgot?sent"));
    let page = app.get("/forgot?sent").await.assert_status(200);
    assert!(page.text().contains("we've sent it a link that works for 15 minutes"), "{}", page.text());
    let token = app.mail_to(ADA).await.token().to_owned();
    let done = submit(&app, "/reset", &[("token", &token), ("password", NEW_PASSWORD)]).await.assert_status(303);
    assert_eq!(done.header("location"), Some("/reset?done"), "without the token");
    assert!(done.set_cookies().is_empty() && done.body.is_empty());
    let page = app.get("/reset?done").await.assert_status(200);
    assert!(page.text().contains(r#"href="/login""#), "{}", page.text());
    ada.me().await.assert_ended(EndReason::PasswordChanged);
    app.log_in(ADA, NEW_PASSWORD).await.assert_ok();
}

#[app_test]
async fn the_page_answers_the_same_for_every_address(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    let mut answers = Vec::new();
    for email in [ADA, "nobody@example.com"] {
        answers.push(submit(&app, "/forgot", &[("email", email)]).await.assert_status(303));
    }
    assert_eq!(answers[0].headers_except_request_id(), answers[1].headers_except_request_id());
    assert_eq!(answers[0].body, answers[1].body);
}

#[app_test]
async fn a_scanner_that_opens_links_and_submits_forms_leaves_them_usable(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    app.log_in(ADA, PASSWORD).await.assert_ok();
    submit(&app, "/forgot", &[("email", ADA)]).await.assert_status(303);
    let mails = app.mails_to(ADA).await;
    assert_eq!(mails.len(), 2);
    for mail in &mails {
        for _ in 0..3 {
            scan(&app, mail.link()).await;
        }
    }

    let of = |purpose| mails.iter().find(|mail| mail.purpose == purpose).expect("a mail").token();
    let used = submit(&app, "/reset", &[("token", of("reset")), ("password", NEW_PASSWORD)]).await;
    assert_eq!(used.header("location"), Some("/reset?done"));
    let used = submit(&app, "/not-me", &[("token", of("new-device")), ("answer", "not_me")]).await;
    assert_eq!(used.header("location"), Some("/forgot?reported"));
}

#[app_test]
async fn no_page_can_be_stored_indexed_or_run_scripts_and_none_leaks_the_token(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    let token = token(&app).await;
    for path in ["/forgot", "/forgot?sent", "/reset?done", "/reset?token=x", &format!("/reset?token={token}")] {
        let page = app.get(path).await;
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(page.header("referrer-policy"), Some("strict-origin"), "{path}");
        assert_eq!(page.header("x-robots-tag"), Some("noindex"), "{path}");
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'; style-src") && !policy.contains("script"), "{policy}");
        assert!(!page.text().contains("<script") && !page.text().contains("wasm"), "{path}: {}", page.text());
        assert!(page.headers.values().all(|value| !value.to_str().expect("text").contains(&token)), "{page:?}");
        assert_eq!(page.text().matches("<h1").count(), 1, "{path}");
        // The token is in the form alone, and in no link.
        let links = page.text().split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        assert!(links.into_iter().all(|link| !link.contains(&token)), "{path}");
        assert!(page.text().matches(&token).count() <= 1, "{path}");
    }
}

#[app_test(sqlite)]
async fn the_page_names_the_account_only_to_the_holder_of_a_link(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    let token = token(&app).await;
    let unknown = app.get(&format!("/reset?token={}", "ab".repeat(32))).await.assert_status(422);
    assert!(!unknown.text().contains("example.com") && unknown.text().contains(r#"href="/forgot""#));

    let page = app.get(&format!("/reset?token={token}")).await.assert_status(200);

    assert!(page.text().contains("For a***@example.com."), "{}", page.text());
    assert!(!page.text().contains("Lovelace"));
    // For password managers, so that they store the right pair.
    let username =
        page.text().split("<input").find(|input| input.contains(r#"autocomplete="username""#)).expect("a field");
    assert!(username.contains(r#"value="ada@example.com""#) && username.contains("visually-hidden"), "{username}");
    assert!(page.text().contains(r#"autocomplete="new-password""#));
}

#[app_test]
async fn a_rejected_password_has_its_message_at_the_field_and_the_link_goes_on(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    let token = token(&app).await;

    let page = submit(&app, "/reset", &[("token", &token), ("password", "short word")]).await.assert_status(422);

    for text in [
        "Use at least 15 characters",
        r#"role="alert""#,
        r##"href="#password""##,
        r#"aria-invalid="true""#,
        r#"aria-describedby="password-error password-hint""#,
        &token,
    ] {
        assert!(page.text().contains(text), "{text}: {}", page.text());
    }
    assert!(!page.text().contains("short word"));
    submit(&app, "/reset", &[("token", &token), ("password", NEW_PASSWORD)]).await.assert_status(303);
    let page = submit(&app, "/reset", &[("token", &token), ("password", NEW_PASSWORD)]).await.assert_status(422);
    assert!(page.text().contains("This link doesn't work anymore"), "{}", page.text());

    let page = submit(&app, "/forgot", &[("email", "ada@")]).await.assert_status(422);
    assert!(page.text().contains(r#"value="ada@""#) && page.text().contains("email-error"), "{}", page.text());
}

#[app_test]
async fn only_our_own_pages_can_send_the_forms(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    let token = token(&app).await;
    let reset = || submit(&app, "/reset", &[("token", &token), ("password", NEW_PASSWORD)]);
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let request = reset().without_header("sec-fetch-site").header(name, value);
        request.header("cookie", "a=b").into_future().await.assert_status(403);
    }
    ada.refresh().await.assert_ok();
    app.get("/reset?token=").await.assert_status(422);
    // Browsers without Fetch Metadata.
    reset().without_header("sec-fetch-site").header("origin", PUBLIC_URL).await.assert_status(303);
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
}

#[app_test(sqlite)]
async fn the_pages_are_in_the_language_of_the_browser(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    let token = token(&app).await;
    for (path, text) in [
        ("/forgot", "Passwort vergessen?"),
        (&*format!("/reset?token={token}"), "Neues Passwort festlegen"),
        ("/reset?done", "Ihr neues Passwort"),
    ] {
        let page = app.get(path).header("accept-language", "de").await;
        assert!(page.text().contains(text) && page.text().contains(r#"<html lang="de""#), "{path}");
    }
}
