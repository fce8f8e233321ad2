//! The email of an account from before addresses were proved: its user proves it later, on the account page.

use doorward_api::{Activity, ErrorCode, EventKind};
use futures::future::join_all;
use serde_json::json;
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, TestApp, wrong_code};

const ADA: &str = "ada@example.com";
const PURPOSE: &str = "email-verification-code";

/// A user whose address was never proved, on a server with mail.
async fn unverified(app: &TestApp) -> Browser {
    let ada = app.logged_in(ADA).await;
    app.restart_with_mail().await;
    ada
}

async fn is_verified(ada: &Browser) -> bool {
    ada.account().await.assert_ok().json()["email_verified"].as_bool().expect("a flag")
}

/// Asks for a code, and reads it from the mail.
async fn code_for(ada: &Browser) -> (String, String) {
    // Mails of one moment have no order.
    ada.app.advance_millis(1);
    let pending = ada.ask_verification().await.assert_status(202).json();
    let code = ada.app.mail_for(PURPOSE, ADA).await.code().to_owned();
    (pending["ticket"].as_str().expect("a ticket").to_owned(), code)
}

#[app_test(each_policy)]
async fn an_account_from_before_logs_in_and_proves_its_email_with_the_code_from_the_mail(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    app.restart_with_mail().await;
    let ada = Browser::from_response(&app, ADA, app.log_in(ADA, PASSWORD).await);
    assert!(!is_verified(&ada).await);
    let pending = ada.ask_verification().await.assert_status(202).json();
    assert_eq!((&pending["expires_in"], &pending["needs_old_code"]), (&json!(600), &json!(false)));
    let ticket = pending["ticket"].as_str().expect("a ticket");
    let code = app.mail_for(PURPOSE, ADA).await.code().to_owned();
    assert!(!is_verified(&ada).await);

    // As people paste it.
    let pasted = format!(" {}-{} ", &code[..4], &code[4..]);
    ada.verify_email(ticket, &pasted).await.assert_status(204);

    assert!(is_verified(&ada).await);
    ada.me().await.assert_ok();
    let activity: Activity = ada.get("/api/activity").await.assert_ok().parse();
    let event = activity.events.iter().find(|event| event.kind == EventKind::EmailVerified).expect("an event");
    assert_eq!(event.session.as_ref().map(|session| session.id.as_str()), Some(ada.session_id()));
    // Once.
    ada.verify_email(ticket, &code).await.assert_refused(ErrorCode::TicketInvalid);
    ada.ask_verification().await.assert_refused(ErrorCode::NotFound);
}

#[app_test]
async fn it_takes_no_recent_proof(app: TestApp) {
    let mut ada = unverified(&app).await;
    app.restart_with(|settings| settings.set("confirm_within", "1m")).await;
    app.advance(61);
    ada.refresh_and_store().await;
    let (ticket, code) = code_for(&ada).await;
    ada.verify_email(&ticket, &code).await.assert_status(204);
}

#[app_test]
async fn a_wrong_code_counts_and_the_fifth_ends_the_request(app: TestApp) {
    let ada = unverified(&app).await;
    let (ticket, code) = code_for(&ada).await;
    ada.verify_email(&ticket, "").await.assert_invalid_fields(&["code"]);
    for tries_left in [4, 3, 2, 1, 0] {
        let wrong = ada.verify_email(&ticket, &wrong_code(&code)).await;
        assert_eq!(wrong.assert_refused(ErrorCode::CodeInvalid).problem().tries_left, Some(tries_left));
    }
    ada.verify_email(&ticket, &code).await.assert_refused(ErrorCode::TicketInvalid);
    assert!(!is_verified(&ada).await);
}

#[app_test]
async fn the_code_is_good_for_its_own_user_purpose_and_email_alone(app: TestApp) {
    let bob = app.logged_in("bob@example.com").await;
    let ada = unverified(&app).await;
    let (ticket, code) = code_for(&ada).await;
    bob.verify_email(&ticket, &code).await.assert_refused(ErrorCode::TicketInvalid);
    ada.confirm_email(&ticket, &code, "").await.assert_refused(ErrorCode::TicketInvalid);
    let change = ada.pending_email_change("countess@example.com").await;
    let of_change = app.mail_for("email-change-code", "countess@example.com").await.code().to_owned();
    ada.verify_email(&change.ticket, &of_change).await.assert_refused(ErrorCode::TicketInvalid);

    ada.confirm_email(&change.ticket, &of_change, "").await.assert_status(204);

    ada.verify_email(&ticket, &code).await.assert_refused(ErrorCode::TicketInvalid);
    assert!(is_verified(&ada).await, "with the change");
}

#[app_test]
async fn a_newer_request_replaces_an_older_one_and_a_new_password_ends_it(app: TestApp) {
    let mut ada = unverified(&app).await;
    let (older, older_code) = code_for(&ada).await;
    let (newer, newer_code) = code_for(&ada).await;
    ada.verify_email(&older, &older_code).await.assert_refused(ErrorCode::TicketInvalid);
    ada.change_password_and_store(PASSWORD, "another horse and another staple").await;
    ada.refresh_and_store().await;
    ada.verify_email(&newer, &newer_code).await.assert_refused(ErrorCode::TicketInvalid);
    app.send_due_mails().await;
    let dropped = format!("select count(*) from mails where purpose = '{PURPOSE}' and failure = 'dropped'");
    assert_eq!(app.database().value(dropped).await, "2", "codes that are worth nothing are not sent");
}

#[app_test]
async fn three_codes_an_hour_go_to_the_address_and_ten_can_be_asked_for_in_a_day(app: TestApp) {
    let ada = unverified(&app).await;
    for _ in 0..10 {
        app.advance_millis(1);
        ada.ask_verification().await.assert_status(202);
    }
    assert_eq!(app.mails_to(ADA).await.len(), 3);
    ada.ask_verification().await.assert_refused(ErrorCode::TooManyAttempts);
}

#[app_test]
async fn of_concurrent_uses_of_the_code_one_succeeds(app: TestApp) {
    let ada = unverified(&app).await;
    let (ticket, code) = code_for(&ada).await;
    let on_other = ada.on_node(&app.another_node().await);
    let tries = (0..5).map(|n| if n % 2 == 0 { &ada } else { &on_other }.verify_email(&ticket, &code));
    let responses = join_all(tries).await;
    assert_eq!(responses.iter().filter(|response| response.status == 204).count(), 1);
    assert_eq!(app.database().value("select count(*) from events where kind = 'email_verified'").await, "1");
}

#[app_test(sqlite)]
async fn the_mail_names_no_one_and_the_database_has_no_code(app: TestApp) {
    let ada = unverified(&app).await;
    let (ticket, code) = code_for(&ada).await;
    let mail = app.mail_to(ADA).await;
    let text = &mail.content.text;
    assert!(!text.contains("Lovelace") && !text.contains("://") && !mail.content.subject.contains(&code), "{text}");
    assert!(text.trim_end().ends_with(&format!("@doorward.test #{code}")), "{text}");
    let contents = app.database().contents().await;
    assert!(!contents.contains(&code) && !contents.contains(&ticket));
}

#[app_test(sqlite)]
async fn without_mail_no_email_can_be_verified(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    ada.ask_verification().await.assert_refused(ErrorCode::NotFound);
    ada.verify_email("x", "12345678").await.assert_refused(ErrorCode::NotFound);
}
