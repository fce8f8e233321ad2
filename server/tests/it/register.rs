//! Opening an account.

use std::collections::HashSet;

use doorward_api::{EndReason, ErrorCode, TokenResponse};
use futures::future::join_all;
use macro_rules_attribute::apply;
use serde_json::json;

use crate::fixture::{PASSWORD, Person};

#[apply(under_each_policy!)]
async fn whoever_registers_is_logged_in(app: TestApp) {
    let form = json!({"email": "Ada@Example.com", "password": PASSWORD, "name": " Ada Lovelace "});

    let answer = app.post("/api/auth/register").json(&form).await.assert_status(201);

    let grant: TokenResponse = serde_json::from_slice(&answer.body).expect("a grant");
    assert_eq!(grant.user.name, "Ada Lovelace");
    assert!(grant.user.roles.is_empty());
    // What the grant carries is checked on every answer.
    let minutes = if app.credential_storage().is_renewable() { 5 } else { 15 };
    assert_eq!(grant.expires_in, app.credential_storage().has_access_token().then_some(minutes * 60));
    let ada = Person::from_grant(&app, "ada@example.com", answer);
    assert_eq!(ada.account().await.assert_ok().json()["email"], "ada@example.com");
    ada.refresh().await.assert_ok();
}

#[apply(under_each_policy!)]
async fn the_grant_describes_the_session(app: TestApp) {
    let form = json!({"email": "ada@example.com", "password": PASSWORD, "name": "Ada"});
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

    let answer = app.post("/api/auth/register").header("user-agent", firefox).json(&form).await.assert_ok();

    let mut session = answer.json()["session"].clone();
    let id = session["id"].take();
    assert_eq!(id.as_str().map(str::len), Some(32), "R32: 128 random bits");
    let end = if app.credential_storage().is_renewable() { "2026-01-31T00:00:00Z" } else { "2026-01-01T00:15:00Z" };
    let expected = json!({
        "id": null, "current": true, "policy": app.policy(), "label": null,
        "device": {"browser": "Firefox", "os": "Linux"}, "ip": "203.0.113.7",
        "created_at": "2026-01-01T00:00:00Z", "last_used_at": "2026-01-01T00:00:00Z",
        "expires_at": end,
    });
    assert_eq!(session, expected);
}

#[apply(under_each_policy!)]
async fn every_wrong_field_is_named_at_once(app: TestApp) {
    let form = json!({"email": "nobody", "password": "short", "name": "\n"});
    app.post("/api/auth/register").json(&form).await.assert_wrong(&["email", "name", "password"]);
    app.post("/api/auth/register").json(&json!({})).await.assert_wrong(&["email", "name", "password"]);
}

#[apply(under_each_policy!)]
async fn an_account_cannot_be_given_roles(app: TestApp) {
    let form = json!({"email": "eve@example.com", "password": PASSWORD, "name": "Eve", "roles": ["admin"]});
    app.post("/api/auth/register").json(&form).await.assert_wrong(&["roles"]);
    app.log_in("eve@example.com", PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
}

#[apply(under_each_policy!)]
async fn r11_spellings_of_a_taken_email_are_taken(app: TestApp) {
    app.register("kim@example.com", PASSWORD).await.assert_ok();

    let spellings =
        ["kim@example.com", "KIM@EXAMPLE.COM", " kim@example.com ", "ｋｉｍ@example.com", "\u{212A}im@example.com"];
    for spelling in spellings {
        let answer = app.register(spelling, PASSWORD).await.assert_refused(ErrorCode::EmailTaken);
        assert!(!answer.text().contains("example.com"), "the email is not echoed");
    }
}

#[apply(under_each_policy!)]
async fn r12_emails_that_deceive_are_refused(app: TestApp) {
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
        app.register(email, PASSWORD).await.assert_wrong(&["email"]);
    }
    app.register(&format!("{}@example.com", "a".repeat(65)), PASSWORD).await.assert_wrong(&["email"]);
    app.register(&format!("ada@{}.com", "a".repeat(64)), PASSWORD).await.assert_wrong(&["email"]);
    assert_eq!(app.database().value("select count(*) from users").await, "0");
}

#[apply(under_each_policy!)]
async fn names_are_one_readable_line(app: TestApp) {
    let long = "x".repeat(101);
    for name in ["", "  ", "Ada\nAdmin", "Ada\0", "\u{202E}adA", "Ada\u{200B}", &long] {
        let form = json!({"email": "ada@example.com", "password": PASSWORD, "name": name});
        app.post("/api/auth/register").json(&form).await.assert_wrong(&["name"]);
    }
    let form = json!({"email": "ada@example.com", "password": PASSWORD, "name": "<b>Ada</b> 'O''Brien\" 🦀"});
    let answer = app.post("/api/auth/register").json(&form).await.assert_ok();
    assert_eq!(answer.json()["user"]["name"], form["name"]);
}

#[apply(under_each_policy!)]
async fn r11_of_a_hundred_parallel_registrations_of_one_email_one_wins(app: TestApp) {
    let spellings = ["ada@example.com", "Ada@example.com", "ADA@EXAMPLE.COM", "ada@Example.Com"];
    let answers = join_all((0..100).map(|n| app.register(spellings[n % 4], PASSWORD))).await;

    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!(won.len(), 1);
    for answer in lost {
        answer.assert_refused(ErrorCode::EmailTaken);
    }
    assert_eq!(app.database().value("select count(*) from users").await, "1");
    assert_eq!(app.database().value("select count(*) from sessions").await, "1");
}

#[apply(under_each_policy!)]
async fn parallel_registrations_of_different_people_all_succeed(app: TestApp) {
    let emails: Vec<_> = (0..30).map(|n| format!("person{n}@example.com")).collect();
    let people = join_all(emails.iter().map(|email| app.logged_in(email))).await;

    let sessions: HashSet<_> = people.iter().map(|person| person.grant.session.id.clone()).collect();
    let users: HashSet<_> = people.iter().map(|person| person.grant.user.id.clone()).collect();
    assert_eq!((sessions.len(), users.len()), (30, 30));
}

#[apply(under_policies_with_cookies!)]
async fn r36_registering_ends_the_session_that_the_browser_had(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    let form = json!({"email": "bob@example.com", "password": PASSWORD, "name": "Bob"});
    let answer = app.post("/api/auth/register").in_browser_of(&ada).json(&form).await;

    Person::from_grant(&app, "bob@example.com", answer).me().await.assert_ok();
    ada.me().await.assert_ended(EndReason::Replaced);
    ada.refresh().await.assert_ended(EndReason::Replaced);
}

#[apply(under_each_policy!)]
async fn a_refused_registration_leaves_the_session_of_the_browser_alone(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    let form = json!({"email": "ada@example.com", "password": PASSWORD, "name": "Ada"});
    app.post("/api/auth/register").in_browser_of(&ada).json(&form).await.assert_refused(ErrorCode::EmailTaken);

    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}
