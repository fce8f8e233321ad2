//! `POST /api/auth/register`.

use std::collections::HashSet;

use doorward_api::{EndReason, ErrorCode, TokenResponse};
use futures::future::join_all;
use serde_json::json;
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, TestApp};

#[app_test(each_policy)]
async fn a_registration_logs_the_user_in(app: TestApp) {
    let form = json!({"email": "Ada@Example.com", "password": PASSWORD, "name": " Ada Lovelace "});

    let response = app.post("/api/auth/register").json(&form).await.assert_status(201);

    let token_response: TokenResponse = response.parse();
    assert_eq!(token_response.user.name, "Ada Lovelace");
    assert!(token_response.user.roles.is_empty());
    // Every token response is checked to have the members of its policy.
    let minutes = if app.credential_storage().is_renewable() { 5 } else { 15 };
    assert_eq!(token_response.expires_in, app.credential_storage().has_access_token().then_some(minutes * 60));
    let ada = Browser::from_response(&app, "ada@example.com", response);
    assert_eq!(ada.account().await.assert_ok().json()["email"], "ada@example.com");
    ada.refresh().await.assert_ok();
}

#[app_test(each_policy)]
async fn the_token_response_describes_the_session(app: TestApp) {
    let form = json!({"email": "ada@example.com", "password": PASSWORD, "name": "Ada"});
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

    let response = app.post("/api/auth/register").header("user-agent", firefox).json(&form).await.assert_ok();

    let mut session = response.json()["session"].clone();
    let id = session["id"].take();
    assert_eq!(id.as_str().map(str::len), Some(32), "128 random bits");
    let end = if app.credential_storage().is_renewable() { "2026-01-31T00:00:00Z" } else { "2026-01-01T00:15:00Z" };
    let expected = json!({
        "id": null, "current": true, "policy": app.policy(), "label": null,
        "device": {"browser": "Firefox", "os": "Linux"}, "ip": "203.0.113.7",
        "created_at": "2026-01-01T00:00:00Z", "last_used_at": "2026-01-01T00:00:00Z",
        "expires_at": end,
        "acr": "1", "amr": ["pwd"], "auth_time": "2026-01-01T00:00:00Z",
    });
    assert_eq!(session, expected);
}

#[app_test(each_policy)]
async fn all_invalid_fields_are_reported_together(app: TestApp) {
    let form = json!({"email": "nobody", "password": "short", "name": "\n"});
    app.post("/api/auth/register").json(&form).await.assert_invalid_fields(&["email", "name", "password"]);
    app.post("/api/auth/register").json(&json!({})).await.assert_invalid_fields(&["email", "name", "password"]);
}

#[app_test(each_policy)]
async fn roles_cannot_be_chosen(app: TestApp) {
    let form = json!({"email": "eve@example.com", "password": PASSWORD, "name": "Eve", "roles": ["admin"]});
    app.post("/api/auth/register").json(&form).await.assert_invalid_fields(&["roles"]);
    app.log_in("eve@example.com", PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
}

#[app_test(each_policy)]
async fn other_spellings_of_a_taken_email_are_taken(app: TestApp) {
    app.register("kim@example.com", PASSWORD).await.assert_ok();

    let spellings =
        ["kim@example.com", "KIM@EXAMPLE.COM", " kim@example.com ", "ｋｉｍ@example.com", "\u{212A}im@example.com"];
    for spelling in spellings {
        let response = app.register(spelling, PASSWORD).await.assert_refused(ErrorCode::EmailTaken);
        assert!(!response.text().contains("example.com"), "the email is not echoed");
    }
}

#[app_test(each_policy)]
async fn deceptive_emails_are_refused(app: TestApp) {
    let deceiving = [
        "аda@example.com", // Cyrillic а
        "ada\u{200B}@example.com",
        "ada@exam\u{200D}ple.com",
        "ada\u{202E}@example.com",
        "ada@example.com\0",
        "ada@example.com\n",
        "ada@example.com,eve@example.com",
        "ada@eve@example.com",
        "\"ada\"@example.com",
        "ada@example..com",
        "ada@[127.0.0.1]",
        "ada@example.com>",
        "",
        "@",
    ];
    for email in deceiving {
        app.register(email, PASSWORD).await.assert_invalid_fields(&["email"]);
    }
    app.register(&format!("{}@example.com", "a".repeat(65)), PASSWORD).await.assert_invalid_fields(&["email"]);
    app.register(&format!("ada@{}.com", "a".repeat(64)), PASSWORD).await.assert_invalid_fields(&["email"]);
    assert_eq!(app.database().value("select count(*) from users").await, "0");
}

#[app_test(each_policy)]
async fn a_name_is_one_printable_line(app: TestApp) {
    let long = "x".repeat(101);
    for name in ["", "  ", "Ada\nAdmin", "Ada\0", "\u{202E}adA", "Ada\u{200B}", &long] {
        let form = json!({"email": "ada@example.com", "password": PASSWORD, "name": name});
        app.post("/api/auth/register").json(&form).await.assert_invalid_fields(&["name"]);
    }
    let form = json!({"email": "ada@example.com", "password": PASSWORD, "name": "<b>Ada</b> 'O''Brien\" 🦀"});
    let response = app.post("/api/auth/register").json(&form).await.assert_ok();
    assert_eq!(response.json()["user"]["name"], form["name"]);
}

#[app_test]
async fn names_of_the_whole_world_are_accepted_wherever_a_name_is_entered(app: TestApp) {
    let names = ["علی\u{200C}رضا", "ශ\u{DCA}\u{200D}රී ලාල්", "👩\u{200D}💻 Ada", "שלום\u{200F}!"];
    for (number, name) in names.iter().enumerate() {
        let email = format!("user{number}@example.com");
        let form = json!({"email": email, "password": PASSWORD, "name": name});
        let response = app.post("/api/auth/register").json(&form).await.assert_status(201);
        assert_eq!(response.json()["user"]["name"], *name);

        let user = app.logged_in(&email).await;
        user.post("/api/fn/change_name").json(&json!({"name": name})).await.assert_ok();
        let path = format!("/api/sessions/{}", user.session_id());
        let session = user.request("PATCH", &path).json(&json!({"label": name})).await.assert_ok();
        assert_eq!(session.json()["label"], *name);
        for invisible in ["\u{2800}", "\u{3164}", "\u{115F}", "\u{200B}", "a\u{202E}b"] {
            let label = user.request("PATCH", &path).json(&json!({"label": invisible})).await;
            label.assert_invalid_fields(&["label"]);
        }
    }
}

#[app_test]
async fn both_forms_of_an_international_email_are_one_account(app: TestApp) {
    app.register("u@निक्सी.भारत", PASSWORD).await.assert_status(201);

    app.register("u@xn--11b1b9b0ah0f.xn--h2brj9c", PASSWORD).await.assert_refused(ErrorCode::EmailTaken);
    for spelling in ["u@XN--11B1B9B0AH0F.xn--h2brj9c", "\u{FEFF}u@निक्सी.भारत\u{A0}", "U@निक्सी。भारत\u{200B}"]
    {
        app.log_in(spelling, PASSWORD).await.assert_ok();
    }
    assert_eq!(app.database().value("select email from users").await, "u@xn--11b1b9b0ah0f.xn--h2brj9c");
    let user = app.logged_in("u@xn--11b1b9b0ah0f.xn--h2brj9c").await;
    assert_eq!(user.account().await.json()["email"], "u@निक्सी.भारत", "shown as people write it");
}

#[app_test(each_policy)]
async fn of_concurrent_registrations_of_one_email_one_succeeds(app: TestApp) {
    let spellings = ["ada@example.com", "Ada@example.com", "ADA@EXAMPLE.COM", "ada@Example.Com"];
    let responses = join_all((0..100).map(|n| app.register(spellings[n % 4], PASSWORD))).await;

    let (won, lost): (Vec<_>, Vec<_>) = responses.into_iter().partition(|response| response.status == 201);
    assert_eq!(won.len(), 1);
    for response in lost {
        response.assert_refused(ErrorCode::EmailTaken);
    }
    assert_eq!(app.database().value("select count(*) from users").await, "1");
    assert_eq!(app.database().value("select count(*) from sessions").await, "1");
}

#[app_test(each_policy)]
async fn concurrent_registrations_of_different_emails_all_succeed(app: TestApp) {
    let emails: Vec<_> = (0..30).map(|n| format!("person{n}@example.com")).collect();
    let browsers = join_all(emails.iter().map(|email| app.logged_in(email))).await;

    let sessions: HashSet<_> = browsers.iter().map(|browser| browser.session_id().to_owned()).collect();
    let users: HashSet<_> = browsers.iter().map(|browser| browser.token_response.user.id.clone()).collect();
    assert_eq!((sessions.len(), users.len()), (30, 30));
}

#[app_test(policies_with_cookies)]
async fn a_registration_replaces_the_previous_session_of_the_browser(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    let form = json!({"email": "bob@example.com", "password": PASSWORD, "name": "Bob"});
    let response = app.post("/api/auth/register").with_cookie_of(&ada).json(&form).await;

    Browser::from_response(&app, "bob@example.com", response).me().await.assert_ok();
    ada.me().await.assert_ended(EndReason::Replaced);
    ada.refresh().await.assert_ended(EndReason::Replaced);
}

#[app_test(each_policy)]
async fn a_refused_registration_replaces_no_session(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    let form = json!({"email": "ada@example.com", "password": PASSWORD, "name": "Ada"});
    app.post("/api/auth/register").with_cookie_of(&ada).json(&form).await.assert_refused(ErrorCode::EmailTaken);

    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}
