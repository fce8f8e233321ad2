//! What a pending change of the email does not survive, how often its codes can be tried, and races.

use doorward_api::ErrorCode;
use futures::future::join_all;
use serde_json::json;
use test_macros::app_test;

use crate::support::{Browser, PASSWORD, TestApp, wrong_code};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const NEW: &str = "countess@example.com";
const OTHER: &str = "lovelace@example.com";

async fn verified(app: &TestApp, email: &str) -> Browser {
    let browser = app.logged_in(email).await;
    app.restart_with_mail().await;
    app.verify_emails().await;
    browser
}

async fn emails(app: &TestApp) -> Vec<String> {
    app.database().rows("select email from users order by email").await.into_iter().flatten().collect()
}

#[app_test(each_policy, also_with_valkey)]
async fn asking_and_confirming_require_a_recent_proof_and_canceling_does_not(app: TestApp) {
    let mut ada = verified(&app, ADA).await;
    app.restart_with(|settings| settings.set("confirm_within", "1m")).await;
    let (ticket, code, old_code) = ada.codes_to_change_email(ADA, NEW).await;
    app.advance(60);

    ada.ask_email_change(OTHER).await.assert_refused(ErrorCode::StepUpRequired);
    ada.confirm_email(&ticket, &code, &old_code).await.assert_refused(ErrorCode::StepUpRequired);
    assert_eq!(emails(&app).await, [ADA]);
    assert!(app.mails_to(OTHER).await.is_empty());

    ada.confirm_and_store().await;
    ada.confirm_email(&ticket, &code, &old_code).await.assert_status(204);
    app.advance(60);
    ada.request("DELETE", "/api/account/email").await.assert_status(204);
}

#[app_test]
async fn the_fifth_wrong_try_ends_the_change_and_the_fifth_try_may_be_right(app: TestApp) {
    let ada = verified(&app, ADA).await;
    let (ticket, code, old_code) = ada.codes_to_change_email(ADA, NEW).await;
    for tries_left in [4, 3, 2, 1, 0] {
        let wrong = ada.confirm_email(&ticket, &code, &wrong_code(&old_code)).await;
        let problem = wrong.assert_refused(ErrorCode::CodeInvalid).problem();
        assert_eq!(problem.tries_left, Some(tries_left));
    }
    ada.confirm_email(&ticket, &code, &old_code).await.assert_refused(ErrorCode::TicketInvalid);
    assert_eq!(app.database().value("select count(*) from tickets where purpose = 'email-change'").await, "0");

    let (ticket, code, old_code) = ada.codes_to_change_email(ADA, NEW).await;
    for _ in 0..4 {
        ada.confirm_email(&ticket, &wrong_code(&code), &old_code).await.assert_refused(ErrorCode::CodeInvalid);
    }
    ada.confirm_email(&ticket, &code, &old_code).await.assert_status(204);
}

#[app_test]
async fn of_concurrent_wrong_codes_five_are_compared(app: TestApp) {
    let ada = verified(&app, ADA).await;
    let (ticket, code, old_code) = ada.codes_to_change_email(ADA, NEW).await;
    let on_other = ada.on_node(&app.another_node().await);
    let wrong = wrong_code(&code);
    let tries = (0..14).map(|n| if n % 2 == 0 { &ada } else { &on_other }.confirm_email(&ticket, &wrong, &old_code));
    let responses = join_all(tries).await;
    let compared = responses.iter().filter(|response| response.problem().code == ErrorCode::CodeInvalid).count();
    assert_eq!(compared, 5);
    ada.confirm_email(&ticket, &code, &old_code).await.assert_refused(ErrorCode::TicketInvalid);
}

#[app_test]
async fn a_change_is_pending_for_ten_minutes(app: TestApp) {
    let mut ada = verified(&app, ADA).await;
    app.restart_with(|settings| settings.set("confirm_within", "12h")).await;
    let (ticket, code, old_code) = ada.codes_to_change_email(ADA, NEW).await;
    app.advance_millis(10 * 60 * 1000 - 1);
    ada.refresh_and_store().await;
    ada.confirm_email(&ticket, &wrong_code(&code), &old_code).await.assert_refused(ErrorCode::CodeInvalid);
    app.advance_millis(1);
    ada.confirm_email(&ticket, &code, &old_code).await.assert_refused(ErrorCode::TicketInvalid);
}

#[app_test]
async fn ten_changes_can_be_asked_for_in_a_day_and_three_mails_an_hour_go_to_an_address(app: TestApp) {
    let ada = verified(&app, ADA).await;
    for n in 0..10 {
        app.advance_millis(1);
        ada.ask_email_change(if n < 5 { NEW } else { OTHER }).await.assert_status(202);
    }
    assert_eq!((app.mails_to(NEW).await.len(), app.mails_to(OTHER).await.len()), (3, 3));
    ada.ask_email_change(NEW).await.assert_refused(ErrorCode::TooManyAttempts);
}

/// Everything that changes the email, the password or the state of the account, and a newer request.
#[app_test]
async fn a_pending_change_dies_of_any_other_change_and_of_a_newer_request(app: TestApp) {
    let mut ada = verified(&app, ADA).await;
    // One per address: their mails are limited.
    let address = |n: usize| format!("new{n}@example.com");
    let mut n = 0;
    let mut pending = async |ada: &Browser| {
        n += 1;
        (ada.codes_to_change_email(ADA, &address(n)).await, n)
    };

    let ((ticket, code, old_code), _) = pending(&ada).await;
    let (newer, _) = pending(&ada).await;
    ada.confirm_email(&ticket, &code, &old_code).await.assert_refused(ErrorCode::TicketInvalid);

    ada.request("DELETE", "/api/account/email").await.assert_status(204);
    ada.confirm_email(&newer.0, &newer.1, &newer.2).await.assert_refused(ErrorCode::TicketInvalid);

    let ((ticket, code, old_code), _) = pending(&ada).await;
    app.database().execute("update users set email = email, factors_version = factors_version + 1").await;
    ada.confirm_email(&ticket, &code, &old_code).await.assert_refused(ErrorCode::TicketInvalid);

    let ((ticket, code, old_code), _) = pending(&ada).await;
    let report = app.mail_for("email-change-asked", ADA).await.token().to_owned();
    let body = format!("token={report}&answer=not_me");
    let form = app.post("/not-me").header("content-type", "application/x-www-form-urlencoded").body(body);
    form.await.assert_status(303);
    app.database().execute("update users set password_refused_at = null").await;
    ada = Browser::from_response(&app, ADA, app.log_in(ADA, PASSWORD).await);
    ada.confirm_email(&ticket, &code, &old_code).await.assert_refused(ErrorCode::TicketInvalid);

    let ((ticket, code, old_code), _) = pending(&ada).await;
    ada.change_password_and_store(PASSWORD, "another horse and another staple").await;
    ada.refresh_and_store().await;
    ada.confirm_email(&ticket, &code, &old_code).await.assert_refused(ErrorCode::TicketInvalid);
    assert_eq!(emails(&app).await, [ADA]);
}

#[app_test]
async fn a_code_of_a_change_that_is_over_is_not_sent_any_more(app: TestApp) {
    let ada = verified(&app, ADA).await;
    ada.pending_email_change(NEW).await;
    ada.request("DELETE", "/api/account/email").await.assert_status(204);
    ada.pending_email_change(OTHER).await;
    app.database().execute("update users set password_version = password_version + 1").await;
    app.send_due_mails().await;
    let dropped =
        "select count(*) from mails where purpose = 'email-change-code' and sealed = '' and failure = 'dropped'";
    assert_eq!(app.database().value(dropped).await, "2");
    let sent = "select count(*) from mails where purpose = 'email-change-asked' and sealed = '' and failure is null";
    assert_eq!(app.database().value(sent).await, "2", "notices to the owner are sent");
}

#[app_test]
async fn of_two_users_who_finish_on_one_address_at_once_one_gets_it(app: TestApp) {
    let bob = app.logged_in(BOB).await;
    let ada = verified(&app, ADA).await;
    let a = ada.codes_to_change_email(ADA, NEW).await;
    let b = bob.codes_to_change_email(BOB, NEW).await;
    let bob = bob.on_node(&app.another_node().await);

    let (first, second) = futures::join!(ada.confirm_email(&a.0, &a.1, &a.2), bob.confirm_email(&b.0, &b.1, &b.2));

    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 422]);
    let loser = if first.status == 422 { first } else { second };
    loser.assert_refused(ErrorCode::TicketInvalid);
    let expected = if loser_is_ada(&app).await { [ADA, NEW] } else { [BOB, NEW] };
    assert_eq!(emails(&app).await, expected);
    assert_eq!(app.database().value("select count(*) from tickets where purpose = 'email-change'").await, "0");
    assert_eq!(app.database().value("select count(*) from events where kind = 'email_change_done'").await, "1");
}

async fn loser_is_ada(app: &TestApp) -> bool {
    emails(app).await.contains(&ADA.to_owned())
}

#[app_test]
async fn of_concurrent_confirmations_of_one_change_one_succeeds(app: TestApp) {
    let ada = verified(&app, ADA).await;
    let (ticket, code, old_code) = ada.codes_to_change_email(ADA, NEW).await;
    let on_other = ada.on_node(&app.another_node().await);
    let tries = (0..5).map(|n| if n % 2 == 0 { &ada } else { &on_other }.confirm_email(&ticket, &code, &old_code));
    let responses = join_all(tries).await;
    assert_eq!(responses.iter().filter(|response| response.status == 204).count(), 1);
    assert_eq!(app.mails_to(ADA).await.iter().filter(|mail| mail.purpose == "email-replaced").count(), 1);
}

#[app_test]
async fn of_a_registration_and_a_change_to_one_address_one_gets_it(app: TestApp) {
    let ada = verified(&app, ADA).await;
    let registration = app.begin_registration(NEW).await;
    let registration_code = app.mail_for("registration-code", NEW).await.code().to_owned();
    let (ticket, code, old_code) = ada.codes_to_change_email(ADA, NEW).await;
    let node = app.another_node().await;

    let (changed, registered) = futures::join!(
        ada.confirm_email(&ticket, &code, &old_code),
        node.confirm_registration(&registration, &registration_code)
    );

    let outcome = (changed.status, registered.status);
    assert!(matches!(outcome, (204, 422) | (422, 201)), "{outcome:?}");
    assert_eq!(app.database().value(format!("select count(*) from users where email = '{NEW}'")).await, "1");
}

#[app_test]
async fn a_link_from_before_the_change_sets_no_password_and_a_new_one_goes_to_the_new_address(app: TestApp) {
    let ada = verified(&app, ADA).await;
    app.post("/api/auth/forgot").json(&json!({"email": ADA})).await.assert_status(202);
    let before = app.mail_for("reset", ADA).await.token().to_owned();
    ada.change_email(ADA, NEW).await;
    app.advance_millis(1);

    let reset = json!({"token": before, "password": "another horse and another staple"});
    app.post("/api/auth/reset").json(&reset).await.assert_refused(ErrorCode::TicketInvalid);
    for address in [ADA, NEW] {
        app.post("/api/auth/forgot").json(&json!({"email": address})).await.assert_status(202);
    }

    let resets = async |address| app.mails_to(address).await.iter().filter(|mail| mail.purpose == "reset").count();
    assert_eq!((resets(ADA).await, resets(NEW).await), (1, 1));
}

#[app_test]
async fn the_database_has_no_code_and_no_new_address_before_it_is_proved(app: TestApp) {
    let ada = verified(&app, ADA).await;
    let (ticket, code, old_code) = ada.codes_to_change_email(ADA, NEW).await;
    let contents = app.database().contents().await;
    for secret in [ticket.as_str(), &code, &old_code, NEW] {
        assert!(!contents.contains(secret), "{secret}");
    }
}
