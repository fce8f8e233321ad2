//! Links to set a new password: who gets one, and what strangers learn from asking.

use std::collections::BTreeMap;

use doorward_api::{ErrorCode, EventKind};
use serde_json::json;
use test_macros::app_test;

use crate::support::{Response, TestApp};

const ADA: &str = "ada@example.com";
const NOBODY: &str = "nobody@example.com";

async fn forgot(app: &TestApp, email: &str) -> Response {
    app.post("/api/auth/forgot").json(&json!({"email": email})).await
}

/// The number of rows in the tables that a request for a link writes, and the size of the sealed mails.
async fn rows(app: &TestApp) -> BTreeMap<&'static str, i64> {
    let mut rows = BTreeMap::new();
    for (name, query) in [
        ("tickets", "select count(*) from tickets"),
        ("mails", "select count(*) from mails"),
        ("mails with a ticket", "select count(*) from mails where ticket_hash is not null"),
        ("limits", "select count(*) from mail_limits"),
        ("events", "select coalesce(max(happened_at), 0) from events where kind = 'reset_asked'"),
        ("sizes", "select coalesce(max(length(sealed)), 0) from mails"),
    ] {
        rows.insert(name, app.database().value(query).await.parse().expect("a number"));
    }
    rows
}

#[app_test]
async fn an_address_with_an_account_gets_a_link_and_the_event_is_in_its_activity(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;

    forgot(&app, " ADA@example.com").await.assert_status(202);

    let mail = app.mail_to(ADA).await;
    assert_eq!(mail.purpose, "reset");
    assert!(mail.link().starts_with("https://doorward.test/reset?token="), "{}", mail.link());
    let activity: doorward_api::Activity = ada.get("/api/activity").await.parse();
    assert!(activity.events.iter().any(|event| event.kind == EventKind::ResetAsked));
}

/// The mail has the reason why it came, the time in UTC and what to do if it was not the user, and nothing that a person has
/// written.
#[app_test(sqlite)]
async fn the_mail_explains_itself_in_the_language_of_the_request(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;

    forgot(&app, ADA).await.assert_status(202);
    app.post("/api/auth/forgot").header("accept-language", "de").json(&json!({"email": ADA})).await.assert_status(202);

    let mails = app.mails_to(ADA).await;
    let [english, german] = ["Set a new password", "Neues Passwort festlegen"]
        .map(|subject| mails.iter().find(|mail| mail.content.subject == subject).expect(subject));
    for text in ["2026-01-01 00:00 UTC", "15 minutes", "ignore this mail", "Doorward"] {
        assert!(english.content.text.contains(text), "{text}: {}", english.content.text);
    }
    assert!(german.content.text.contains("2026-01-01 00:00 UTC"), "{}", german.content.text);
    for mail in &mails {
        assert!(!mail.content.text.contains("Ada") && !mail.content.text.contains("Lovelace"), "{}", mail.content.text);
        assert_eq!(mail.content.text.matches("http").count(), 1, "one link");
    }
}

#[app_test]
async fn known_unknown_and_disabled_addresses_get_the_same_answer_for_the_same_work(app: TestApp) {
    app.logged_in(ADA).await;
    app.logged_in("bob@example.com").await;
    app.logged_in("eve@example.com").await;
    app.restart_with_mail().await;
    app.database().execute("update users set disabled_at = 1 where email = 'bob@example.com'").await;
    app.database().execute("update users set email_verified_at = 1 where email = 'eve@example.com'").await;

    let mut answers = Vec::new();
    let mut work = Vec::new();
    // Of the same length, so that the sizes can be compared.
    for email in [ADA, "bob@example.com", "eve@example.com", "zoe@example.com"] {
        for table in ["tickets", "mails", "mail_limits"] {
            app.database().execute(format!("delete from {table}")).await;
        }
        answers.push(forgot(&app, email).await.assert_status(202));
        work.push(rows(&app).await);
    }

    for (answer, work) in answers.iter().zip(&work) {
        assert_eq!(answer.headers_except_request_id(), answers[0].headers_except_request_id());
        assert_eq!(answer.body, answers[0].body);
        assert_eq!(work, &work_of_one(work["sizes"], work["events"]), "{work:?}");
    }
    let sizes: Vec<_> = work.iter().map(|work| work["sizes"]).collect();
    // `is_decoy` is `true` or `false`, in hex.
    assert!(sizes.iter().all(|size| (size - sizes[0]).abs() <= 2), "{sizes:?}");
    assert!(app.mails_to("bob@example.com").await.is_empty() && app.mails_to("zoe@example.com").await.is_empty());
}

fn work_of_one(sizes: i64, events: i64) -> BTreeMap<&'static str, i64> {
    assert!(sizes > 0 && events > 0);
    let rows =
        [("tickets", 1), ("mails", 1), ("mails with a ticket", 1), ("limits", 2), ("sizes", sizes), ("events", events)];
    BTreeMap::from(rows)
}

#[app_test]
async fn the_ticket_of_an_unknown_address_opens_nothing(app: TestApp) {
    app.restart_with_mail().await;
    forgot(&app, NOBODY).await.assert_status(202);
    let outbox = app.outbox().await;
    assert!(outbox[0].content.is_decoy);
    let reset = json!({"token": outbox[0].token(), "password": "another horse and another staple"});
    app.post("/api/auth/reset").json(&reset).await.assert_refused(ErrorCode::TicketInvalid);
}

#[app_test]
async fn no_address_gets_more_than_three_mails_in_an_hour_and_the_caller_sees_no_difference(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    let mut answers = Vec::new();
    for _ in 0..6 {
        app.advance_millis(1);
        answers.push(forgot(&app, ADA).await.assert_status(202));
    }
    assert_eq!(app.mails_to(ADA).await.len(), 3);
    assert_eq!(app.outbox().await.len(), 6, "the others are never sent");
    for answer in &answers {
        assert_eq!(answer.headers_except_request_id(), answers[0].headers_except_request_id());
    }
    // The last link that was sent works.
    let reset = json!({"token": app.mails_to(ADA).await.pop().expect("a mail").token(), "password": "short"});
    app.post("/api/auth/reset").json(&reset).await.assert_refused(ErrorCode::InvalidInput);
    app.advance(3600);
    forgot(&app, ADA).await.assert_status(202);
    assert_eq!(app.mails_to(ADA).await.len(), 4);
}

#[app_test]
async fn what_strangers_write_is_bounded_and_deleted(app: TestApp) {
    app.restart_with_mail().await;
    app.restart_with(|settings| settings.set("login_attempts", "1/15m")).await;
    let mut refused = 0;
    for n in 0..70 {
        let response = forgot(&app, &format!("nobody{n}@example.com")).await;
        refused += i32::from(response.status == 429);
    }
    assert!(refused > 0, "an address may ask 60 times");
    app.database()
        .execute(
            "insert into registrations (ticket_hash, email, details, codes, sent_at, created_at, expires_at) \
             values ('x', 'x', '', '', 1, 1, 1)",
        )
        .await;
    app.advance(15 * 60 + 1);
    app.clean_up().await;
    for table in ["tickets", "registrations"] {
        assert_eq!(app.database().value(format!("select count(*) from {table}")).await, "0", "{table}");
    }
}

#[app_test(sqlite)]
async fn a_forged_host_changes_no_link(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with_mail().await;
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example;proto=http"),
        ("x-forwarded-proto", "http"),
    ] {
        app.database().execute("delete from mail_limits").await;
        app.database().execute("delete from mails").await;
        let request = app.post("/api/auth/forgot").without_header(name).header(name, value);
        request.json(&json!({"email": ADA})).await.assert_status(202);
        let mail = app.mail_to(ADA).await;
        assert!(mail.link().starts_with("https://doorward.test/") && !mail.content.text.contains("evil"), "{name}");
    }
}

#[app_test]
async fn without_mail_there_is_no_such_thing(app: TestApp) {
    app.logged_in(ADA).await;
    forgot(&app, ADA).await.assert_refused(ErrorCode::NotFound);
    let reset = json!({"token": "ab".repeat(32), "password": "another horse and another staple"});
    app.post("/api/auth/reset").json(&reset).await.assert_refused(ErrorCode::NotFound);
    for path in ["/forgot", "/reset", "/reset?token=abc", "/not-me", "/not-me?token=abc"] {
        app.get(path).await.assert_status(404);
    }
    assert!(!app.get("/login").await.text().contains("/forgot"));
    app.restart_with_mail().await;
    assert!(app.get("/login").await.text().contains(r#"href="/forgot""#));
}

#[app_test(sqlite)]
async fn what_is_no_address_is_an_error_of_the_field(app: TestApp) {
    app.restart_with_mail().await;
    for email in ["", "ada", "ada@", "ada@example.com,eve@example.com"] {
        forgot(&app, email).await.assert_invalid_fields(&["email"]);
    }
    assert!(app.outbox().await.is_empty());
}

#[app_test(sqlite)]
async fn the_lifetime_of_a_link_is_from_five_minutes_to_an_hour(app: TestApp) {
    for lifetime in ["4m", "61m", "1d"] {
        let error = app.try_restart_with(|settings| settings.set("reset_lifetime", lifetime)).await;
        assert_eq!(error.expect_err("refused"), "reset_lifetime: must be from 5m to 1h", "{lifetime}");
    }
    for lifetime in ["5m", "1h"] {
        app.restart_with(|settings| settings.set("reset_lifetime", lifetime)).await;
    }
}
