//! Registration with a code that proves the address.

use doorward_api::{ErrorCode, TokenResponse};
use serde_json::json;
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, Response, TestApp, metric, wrong_code};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

#[app_test(each_policy)]
async fn the_code_from_the_mail_creates_the_account_and_logs_in(app: TestApp) {
    let app = app.with_mail().await;
    let response = app.register(ADA, PASSWORD).await.assert_status(202);
    let pending = response.json();
    assert_eq!((&pending["expires_in"], &pending["resend_in"]), (&json!(600), &json!(30)));
    assert_eq!(pending.as_object().map(serde_json::Map::len), Some(3), "nothing else: {pending}");
    let ticket = pending["ticket"].as_str().expect("a ticket");
    let code = app.mail_to(ADA).await.code().to_owned();

    let response = app.confirm_registration(ticket, &code).await.assert_status(201);

    let token_response: TokenResponse = response.parse();
    assert_eq!(token_response.user.name, "Ada Lovelace");
    let ada = Browser::from_response(&app, ADA, response);
    assert_eq!(ada.account().await.assert_ok().json()["email"], ADA);
    ada.refresh().await.assert_ok();
    let verified = "select count(*) from users where email_verified_at = created_at";
    assert_eq!(app.database().value(verified).await, "1");
    app.log_in(ADA, PASSWORD).await.assert_ok();
    app.confirm_registration(ticket, &code).await.assert_refused(ErrorCode::TicketInvalid);
}

/// What a registration writes: the number of rows that it adds to each table.
async fn rows_added(app: &TestApp, register: impl AsyncFnOnce() -> Response) -> (Response, Vec<i64>) {
    let tables = ["users", "sessions", "attempts", "events", "mails", "mail_limits", "tickets", "registrations"];
    let count = async |table| -> i64 {
        let count = app.database().value(format!("select count(*) from {table}")).await;
        count.parse().expect("a number")
    };
    let mut before = Vec::new();
    for table in tables {
        before.push(count(table).await);
    }
    let response = register().await;
    let mut added = Vec::new();
    for (table, before) in tables.into_iter().zip(before) {
        added.push(count(table).await - before);
    }
    (response, added)
}

async fn transactions(app: &TestApp) -> u64 {
    let series = r#"doorward_database_seconds_count{operation="transaction"}"#;
    metric(app, series).await.parse().expect("a number")
}

/// Three times: with the first mail, with a notice that was sent already, and with more mails than are allowed.
#[app_test]
async fn known_and_unknown_addresses_get_the_same_response_rows_and_work(app: TestApp) {
    app.register(BOB, PASSWORD).await.assert_status(201);
    let app = app.with_mail().await;
    app.register("warm@example.com", PASSWORD).await.assert_status(202);
    for _ in 0..4 {
        let mut seen = Vec::new();
        for email in ["new@example.com", BOB] {
            let (work, before) = (app.state().password_hasher.work_done(), transactions(&app).await);
            let (response, rows) = rows_added(&app, async || app.register(email, PASSWORD).await).await;
            let response = response.assert_status(202);
            let pending = response.json();
            let ticket = pending["ticket"].as_str().expect("a ticket").len();
            let shape: Vec<_> = pending.as_object().expect("an object").keys().cloned().collect();
            let mut headers = response.headers_except_request_id();
            headers.remove("date");
            let work = app.state().password_hasher.work_done() - work;
            seen.push((headers, ticket, shape, rows, work, transactions(&app).await - before));
        }
        assert_eq!(seen[0], seen[1]);
        assert_eq!(seen[0].3[4..], [1, seen[0].3[5], 0, 1], "one mail, one registration");
    }
}

#[app_test]
async fn wrong_codes_have_the_same_response_and_work_for_known_and_unknown_addresses(app: TestApp) {
    app.register(BOB, PASSWORD).await.assert_status(201);
    let app = app.with_mail().await;
    let tickets = [app.begin_registration("new@example.com").await, app.begin_registration(BOB).await];
    for code in ["", "1234", "00000000", "00000001", "00000002", "00000003", "00000004", "00000005"] {
        let mut seen = Vec::new();
        for ticket in &tickets {
            let before = transactions(&app).await;
            let response = app.confirm_registration(ticket, code).await.assert_status(422);
            seen.push((response.text().to_owned(), transactions(&app).await - before));
        }
        assert_eq!(seen[0], seen[1], "{code}");
    }
    app.advance(30);
    for ticket in &tickets {
        app.resend_code(ticket).await.assert_refused(ErrorCode::TicketInvalid);
    }
}

#[app_test]
async fn the_owner_of_a_known_address_gets_a_notice_once_a_day(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_status(201);
    let app = app.with_mail().await;
    for _ in 0..3 {
        app.begin_registration(ADA).await;
    }
    let mails = app.mails_to(ADA).await;
    assert_eq!(mails.len(), 1);
    let (purpose, text) = (mails[0].purpose.as_str(), mails[0].content.text.as_str());
    assert_eq!((purpose, mails[0].link()), ("registration-attempt", "https://doorward.test/login"));
    for part in ["tried to register", "log in instead", "2026-01-01T00:00:00Z", "at most once a day"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("Ada Lovelace") && !text.contains('#'), "{text}");

    app.advance(24 * 3600);
    app.begin_registration(ADA).await;
    assert_eq!(app.mails_to(ADA).await.len(), 2);
}

#[app_test]
async fn a_disabled_account_gets_no_notice(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_status(201);
    app.database().execute("update users set disabled_at = 1").await;
    let app = app.with_mail().await;
    let ticket = app.begin_registration(ADA).await;
    assert!(app.mails_to(ADA).await.is_empty());
    app.confirm_registration(&ticket, "12345678").await.assert_refused(ErrorCode::CodeInvalid);
}

#[app_test]
async fn the_mail_has_its_code_in_the_last_line_bound_to_the_domain_and_no_text_of_a_stranger(app: TestApp) {
    let app = app.with_mail().await;
    let form = json!({"email": ADA, "password": PASSWORD, "name": "Buy at evil.example"});
    let forged = app.post("/api/auth/register").header("x-forwarded-host", "evil.example").json(&form);
    forged.await.assert_status(202);
    let german = json!({"email": BOB, "password": PASSWORD, "name": "Bob"});
    app.post("/api/auth/register").header("accept-language", "de-DE").json(&german).await.assert_status(202);

    let mail = app.mail_to(ADA).await;
    let (subject, text, code) = (&mail.content.subject, &mail.content.text, mail.code());
    assert!(code.len() == 8 && code.bytes().all(|digit| digit.is_ascii_digit()), "{code}");
    assert_eq!(text.trim_end().lines().last(), Some(format!("@doorward.test #{code}").as_str()));
    assert!(!subject.contains(code) && !text.contains("evil"), "{subject}: {text}");
    assert!(
        !text.contains("http://") && text.matches("https://doorward.test").count() == 1,
        "nothing to press: {text}"
    );
    for part in ["2026-01-01T00:00:00Z", "If that was not you", "10 minutes"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(app.mail_to(BOB).await.content.text.contains("Falls Sie das nicht waren"));
}

#[app_test]
async fn the_database_has_neither_code_nor_ticket_nor_details(app: TestApp) {
    let app = app.with_mail().await;
    let ticket = app.begin_registration(ADA).await;
    let code = app.mail_to(ADA).await.code().to_owned();
    let contents = app.database().contents().await;
    for secret in [code.as_str(), &ticket, "Ada Lovelace", "argon2id"] {
        assert!(!contents.contains(secret), "{secret}");
    }
}

#[app_test]
async fn a_code_is_worth_nothing_with_the_ticket_of_another_browser(app: TestApp) {
    let app = app.with_mail().await;
    let (attacker, victim) = (app.begin_registration(ADA).await, app.begin_registration(ADA).await);
    let codes: Vec<_> = app.mails_to(ADA).await.iter().map(|mail| mail.code().to_owned()).collect();
    let mut answers = Vec::new();
    for ticket in [&attacker, &victim] {
        for code in &codes {
            answers.push(app.confirm_registration(ticket, code).await.status);
            if answers.last() == Some(&201) {
                break;
            }
        }
    }
    // Each code has one ticket; the second registration finds the address taken.
    assert_eq!(answers.iter().filter(|status| **status == 201).count(), 1, "{answers:?}");
    app.confirm_registration(&"0".repeat(64), &codes[0]).await.assert_refused(ErrorCode::TicketInvalid);
    for ticket in ["", "x", &"z".repeat(64), &"A".repeat(64)] {
        app.confirm_registration(ticket, &codes[0]).await.assert_refused(ErrorCode::TicketInvalid);
        app.resend_code(ticket).await.assert_refused(ErrorCode::TicketInvalid);
    }
}

#[app_test]
async fn an_address_is_occupied_by_nobody_before_the_code_is_right(app: TestApp) {
    let app = app.with_mail().await;
    let planted = json!({"email": ADA, "password": "the password of a stranger", "name": "Mallory"});
    let stranger = app.post("/api/auth/register").json(&planted).await.assert_status(202).json();
    assert_eq!(app.database().value("select count(*) from users").await, "0");
    app.log_in(ADA, "the password of a stranger").await.assert_refused(ErrorCode::InvalidCredentials);

    let stolen = app.mail_to(ADA).await.code().to_owned();
    app.advance(60);
    let ada = app.registered_with_code(ADA).await;

    assert_eq!(ada.token_response.user.name, "Ada Lovelace");
    app.log_in(ADA, "the password of a stranger").await.assert_refused(ErrorCode::InvalidCredentials);
    let ticket = stranger["ticket"].as_str().expect("a ticket");
    app.confirm_registration(ticket, &stolen).await.assert_refused(ErrorCode::TicketInvalid);
    assert_eq!(app.database().value("select count(*) from users").await, "1");
}

#[app_test]
async fn codes_are_accepted_as_people_type_them(app: TestApp) {
    let app = app.with_mail().await;
    for n in 0..5 {
        let email = format!("user{n}@example.com");
        let ticket = app.begin_registration(&email).await;
        let code = app.mail_to(&email).await.code().to_owned();
        let wide = |digit: char| char::from_u32(digit as u32 + 0xfee0).expect("a full-width digit");
        let typed = match n {
            0 => format!("{} {}", &code[..4], &code[4..]),
            1 => format!(" {}-{}-{} ", &code[..2], &code[2..4], &code[4..]),
            2 => code.chars().map(wide).collect(),
            3 => format!("{}\u{2013}{}\u{3000}", &code[..4], &code[4..]),
            _ => format!("{}\u{A0}{}\n", &code[..4], &code[4..]),
        };
        for malformed in ["", "1234567", "a2345678", "123456789", "1234.5678"] {
            let response = app.confirm_registration(&ticket, malformed).await;
            response.assert_invalid_fields(&["code"]);
        }
        app.confirm_registration(&ticket, &typed).await.assert_status(201);
    }
    let ticket = app.begin_registration(ADA).await;
    let code = wrong_code(app.mail_to(ADA).await.code());
    app.confirm_registration(&ticket, &code).await.assert_refused(ErrorCode::CodeInvalid);
}
