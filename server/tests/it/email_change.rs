//! Change of the email: nothing changes until the new address is proved.

use doorward_api::{Activity, ErrorCode, EventKind, UserList};
use serde_json::json;
use test_macros::app_test;

use crate::{
    support::{Browser, PASSWORD, PUBLIC_URL, TestApp},
    users::admin,
};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const NEW: &str = "countess@example.com";

/// A user with a proved address.
async fn verified(app: &TestApp, email: &str) -> Browser {
    let browser = app.logged_in(email).await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    browser
}

async fn email(browser: &Browser) -> String {
    browser.account().await.assert_ok().json()["email"].as_str().expect("an email").to_owned()
}

#[app_test(each_policy)]
async fn the_codes_from_both_mails_change_the_email_and_the_session_continues(app: TestApp) {
    let ada = verified(&app, ADA).await;
    let response = ada.ask_email_change("Countess@Example.com").await.assert_status(202);
    let pending = response.json();
    assert_eq!((&pending["expires_in"], &pending["needs_old_code"]), (&json!(600), &json!(true)));
    let ticket = pending["ticket"].as_str().expect("a ticket");
    let code = app.mail_for("email-change-code", NEW).await.code().to_owned();
    let old_code = app.mail_for("email-change-asked", ADA).await.code().to_owned();
    assert_eq!(email(&ada).await, ADA);
    app.advance(1);

    ada.confirm_email(ticket, &code, &old_code).await.assert_status(204);

    assert_eq!(email(&ada).await, NEW);
    ada.me().await.assert_ok();
    let verified =
        format!("select count(*) from users where email_verified_at = {} and factors_version = 1", app.now().0);
    assert_eq!(app.database().value(verified).await, "1");
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in(NEW, PASSWORD).await.assert_ok();
    ada.confirm_email(ticket, &code, &old_code).await.assert_refused(ErrorCode::TicketInvalid);
}

#[app_test]
async fn with_notify_the_code_from_the_new_address_is_enough(app: TestApp) {
    let ada = verified(&app, ADA).await;
    app.restart_with(|settings| settings.set("email_change", "notify")).await;

    let pending = ada.pending_email_change(NEW).await;

    assert!(!pending.needs_old_code);
    let notice = app.mail_for("email-change-asked", ADA).await;
    assert!(notice.link().starts_with(&format!("{PUBLIC_URL}/not-me?token=")), "{}", notice.content.text);
    assert!(!notice.content.text.contains('#'), "no code: {}", notice.content.text);
    let code = app.mail_for("email-change-code", NEW).await.code().to_owned();
    ada.confirm_email(&pending.ticket, &code, "").await.assert_status(204);
    assert_eq!(email(&ada).await, NEW);
}

/// It may be a stranger's: neither is a consent needed, nor may it get a link that restores it.
#[app_test]
async fn an_old_address_that_was_never_proved_gets_no_mail_and_no_code_is_asked_for(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;

    let pending = ada.pending_email_change(NEW).await;

    assert!(!pending.needs_old_code);
    let code = app.mail_for("email-change-code", NEW).await.code().to_owned();
    ada.confirm_email(&pending.ticket, &code, "").await.assert_status(204);
    assert_eq!(email(&ada).await, NEW);
    assert!(app.mails_to(ADA).await.is_empty());
    assert_eq!(app.database().value("select count(*) from tickets where purpose = 'email-undo'").await, "0");
}

#[app_test]
async fn each_required_code_must_be_there_and_be_the_one_of_its_own_mail(app: TestApp) {
    let ada = verified(&app, ADA).await;
    let (ticket, code, old_code) = ada.codes_to_change_email(ADA, NEW).await;
    ada.confirm_email(&ticket, &code, "").await.assert_invalid_fields(&["old_code"]);
    ada.confirm_email(&ticket, "", "1234").await.assert_invalid_fields(&["code", "old_code"]);
    for (code, old_code) in [(&old_code, &code), (&code, &code), (&old_code, &old_code)] {
        ada.confirm_email(&ticket, code, old_code).await.assert_refused(ErrorCode::CodeInvalid);
    }
    assert_eq!(email(&ada).await, ADA);
    // As people paste them.
    let spaced = |code: &str| format!(" {}\u{2013}{} ", &code[..4], &code[4..]);
    ada.confirm_email(&ticket, &spaced(&code), &spaced(&old_code)).await.assert_status(204);
}

#[app_test]
async fn the_codes_work_in_no_session_of_another_user(app: TestApp) {
    let bob = app.logged_in(BOB).await;
    let ada = verified(&app, ADA).await;
    let (ticket, code, old_code) = ada.codes_to_change_email(ADA, NEW).await;
    bob.confirm_email(&ticket, &code, &old_code).await.assert_refused(ErrorCode::TicketInvalid);
    assert_eq!((email(&bob).await.as_str(), email(&ada).await.as_str()), (BOB, ADA));
    // In another session of the same user they do.
    let phone = Browser::from_response(&app, ADA, app.log_in(ADA, PASSWORD).await);
    phone.confirm_email(&ticket, &code, &old_code).await.assert_status(204);
}

#[app_test]
async fn an_address_with_an_account_is_answered_like_a_free_one_with_the_same_work(app: TestApp) {
    app.logged_in(BOB).await;
    let ada = verified(&app, ADA).await;
    // The first request adds what the next ones share.
    ada.ask_email_change("first@example.com").await.assert_status(202);
    ada.request("DELETE", "/api/account/email").await.assert_status(204);
    let tables = ["users", "sessions", "attempts", "events", "mails", "mail_limits", "tickets"];
    let mut seen = Vec::new();
    for address in [BOB, NEW] {
        let mut counts = Vec::new();
        for table in tables {
            counts.push(
                app.database().value(format!("select count(*) from {table}")).await.parse::<i64>().expect("a number"),
            );
        }
        let response = ada.ask_email_change(address).await.assert_status(202);
        ada.request("DELETE", "/api/account/email").await.assert_status(204);
        for (count, table) in counts.iter_mut().zip(tables) {
            *count -=
                app.database().value(format!("select count(*) from {table}")).await.parse::<i64>().expect("a number");
        }
        let body = response.text().replace(response.json()["ticket"].as_str().expect("a ticket"), "");
        seen.push((response.headers_except_request_id(), body, counts));
    }
    assert_eq!(seen[0], seen[1]);
}

#[app_test]
async fn the_owner_of_the_address_is_told_at_most_once_a_day_and_no_code_takes_the_address(app: TestApp) {
    app.logged_in(BOB).await;
    let ada = verified(&app, ADA).await;
    for _ in 0..2 {
        let pending = ada.pending_email_change(BOB).await;
        app.advance_millis(1);
        let old_code = app.mail_for("email-change-asked", ADA).await.code().to_owned();
        ada.confirm_email(&pending.ticket, "12345678", &old_code).await.assert_refused(ErrorCode::CodeInvalid);
    }
    let mails = app.mails_to(BOB).await;
    assert_eq!(mails.iter().map(|mail| mail.purpose.as_str()).collect::<Vec<_>>(), ["registration-attempt"]);
    assert_eq!(mails[0].link(), format!("{PUBLIC_URL}/login"));
}

#[app_test]
async fn the_present_address_and_what_is_none_are_refused_without_a_mail(app: TestApp) {
    let ada = verified(&app, ADA).await;
    for address in ["", "nowhere", "ADA@example.com", "a@b@c"] {
        ada.ask_email_change(address).await.assert_invalid_fields(&["email"]);
    }
    assert!(app.outbox().await.is_empty());
}

#[app_test]
async fn where_only_some_domains_can_be_registered_a_change_leads_to_no_other(app: TestApp) {
    let ada = verified(&app, "ada@partner.example").await;
    app.restart_with(|settings| settings.set("registration_domains", "example.com")).await;
    for address in ["ada@evil-example.com", "ada@mail.example.com", "ada@example.com.evil"] {
        ada.ask_email_change(address).await.assert_invalid_fields(&["email"]);
    }
    ada.ask_email_change("lovelace@partner.example").await.assert_status(202);
    ada.ask_email_change(NEW).await.assert_status(202);
}

#[app_test]
async fn the_mails_say_why_they_came_and_hold_nothing_that_a_person_has_written(app: TestApp) {
    let ada = verified(&app, ADA).await;
    ada.change_email(ADA, NEW).await;
    let mut mails = app.mails_to(ADA).await;
    mails.extend(app.mails_to(NEW).await);
    let mut purposes: Vec<_> = mails.iter().map(|mail| mail.purpose.as_str()).collect();
    purposes.sort_unstable();
    assert_eq!(purposes, ["email-change-asked", "email-change-code", "email-changed", "email-replaced"]);
    for mail in &mails {
        let text = &mail.content.text;
        assert!(text.contains("2026-01-01 00:00 UTC") && text.contains("You g"), "{text}");
        for person in ["Lovelace", "countess", "ada@"] {
            assert!(!text.contains(person) && !mail.content.subject.contains(person), "{person}: {text}");
        }
        let links: Vec<_> = text.lines().filter(|line| line.contains("://")).collect();
        assert!(links.len() <= 1 && links.iter().all(|link| link.starts_with(PUBLIC_URL)), "{text}");
        if mail.purpose.starts_with("email-change-") {
            let last = text.trim_end().lines().last().expect("a line");
            assert!(last.starts_with("@doorward.test #") && !mail.content.subject.contains(mail.code()), "{text}");
        }
    }
}

#[app_test]
async fn a_forged_host_changes_no_link(app: TestApp) {
    let ada = verified(&app, ADA).await;
    for (name, value) in
        [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")]
    {
        ada.post("/api/account/email").header(name, value).json(&json!({"email": NEW})).await;
    }
    for mail in app.outbox().await {
        assert!(!mail.content.text.contains("evil"), "{}", mail.content.text);
    }
}

/// The notices about the change follow the setting; what the change needs, and what can undo it, does not.
#[app_test]
async fn without_notices_only_the_mails_that_are_part_of_the_change_are_sent(app: TestApp) {
    let ada = verified(&app, ADA).await;
    app.restart_with(|settings| settings.set("notices", "off")).await;
    ada.change_email(ADA, NEW).await;
    let purposes = |mails: Vec<crate::support::OutboxMail>| -> Vec<String> {
        let mut purposes: Vec<_> = mails.into_iter().map(|mail| mail.purpose).collect();
        purposes.sort();
        purposes
    };
    assert_eq!(purposes(app.mails_to(ADA).await), ["email-change-asked", "email-replaced"]);
    assert_eq!(purposes(app.mails_to(NEW).await), ["email-change-code"]);
}

#[app_test]
async fn activity_and_search_know_the_change(app: TestApp) {
    let admin = admin(&app).await;
    let ada = verified(&app, BOB).await;
    ada.change_email(BOB, NEW).await;
    let activity: Activity = ada.get("/api/activity").await.assert_ok().parse();
    for kind in [EventKind::EmailChangeAsked, EventKind::EmailChangeDone] {
        let event = activity.events.iter().find(|event| event.kind == kind).expect("an event");
        assert_eq!(event.session.as_ref().map(|session| session.id.as_str()), Some(ada.session_id()));
    }
    for (text, count) in [("countess", 1), ("bob@", 0)] {
        let found: UserList = admin.get(&format!("/api/admin/users?search={text}")).await.assert_ok().parse();
        assert_eq!(found.users.len(), count, "{text}");
    }
}

#[app_test(sqlite)]
async fn without_mail_there_is_no_change_of_the_email(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    ada.ask_email_change(NEW).await.assert_refused(ErrorCode::NotFound);
    ada.confirm_email("x", "12345678", "").await.assert_refused(ErrorCode::NotFound);
    ada.request("DELETE", "/api/account/email").await.assert_refused(ErrorCode::NotFound);
    app.get("/email/undo?token=x").await.assert_status(404);
}
