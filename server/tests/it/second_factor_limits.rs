//! Wrong second factors: they count for the account, across tickets, nodes and restarts.

use doorward_api::{ErrorCode, EventKind};
use futures::future::join_all;
use serde_json::Value;
use test_macros::app_test;

use crate::support::{PASSWORD, TestApp};

const ADA: &str = "ada@example.com";

async fn recorded(app: &TestApp, kind: EventKind) -> String {
    app.database().value(format!("select count(*) from events where kind = '{}'", kind.name())).await
}

async fn fail(app: &TestApp, ticket: &str, factor: &Value, times: usize) {
    for _ in 0..times {
        app.send_factor(ticket, factor).await.assert_refused(ErrorCode::SecondFactorInvalid);
    }
}

#[app_test(each_policy)]
async fn wrong_factors_count_for_the_account_across_tickets_nodes_and_restarts(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    let wrong = factors.wrong_code(&app);
    let other = app.another_node().await;
    let first = app.login_ticket(ADA).await;
    fail(&app, &first, &wrong, 2).await;
    let second = other.login_ticket(ADA).await;
    fail(&other, &second, &wrong, 1).await;
    app.restart().await;
    fail(&app, &first, &wrong, 1).await;
    let last = app.login_ticket(ADA).await;
    fail(&app, &last, &wrong, 1).await;

    // The fifth ended all tickets, and a new login gives no code back.
    for ticket in [&first, &second, &last] {
        app.send_factor(ticket, &factors.code(&app, 0)).await.assert_refused(ErrorCode::TicketInvalid);
    }
    let ticket = app.login_ticket(ADA).await;
    for node in [&app, &other] {
        let refused = node.send_factor(&ticket, &factors.code(&app, 0)).await;
        refused.assert_refused(ErrorCode::TooManyAttempts);
    }
    assert_eq!(recorded(&app, EventKind::SecondFactorFailed).await, "5");
    // Another kind has its own limit, and gives this one nothing back.
    app.send_factor(&ticket, &factors.recovery_code(0)).await.assert_ok();
    let ticket = app.login_ticket(ADA).await;
    app.send_factor(&ticket, &factors.code(&app, 0)).await.assert_refused(ErrorCode::TooManyAttempts);
    app.advance(180);
    let ticket = app.login_ticket(ADA).await;
    app.send_factor(&ticket, &factors.code(&app, 0)).await.assert_ok();
    // A success makes it full again.
    app.advance(60);
    let ticket = app.login_ticket(ADA).await;
    fail(&app, &ticket, &factors.wrong_code(&app), 4).await;
    app.send_factor(&ticket, &factors.code(&app, 0)).await.assert_ok();
}

#[app_test]
async fn waits_grow_whatever_the_limit_of_logins_is_and_malformed_codes_count(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with(|settings| settings.set("login_attempts", "1000/15m")).await;
    let factors = app.turn_on_second_step(ADA).await;
    let ticket = app.login_ticket(ADA).await;
    fail(&app, &ticket, &serde_json::json!({"totp": "no code"}), 5).await;
    let mut waits = Vec::new();
    for _ in 0..12 {
        let ticket = app.login_ticket(ADA).await;
        let refused = app.send_factor(&ticket, &factors.code(&app, 0)).await;
        let refused = refused.assert_refused(ErrorCode::TooManyAttempts);
        let seconds: u64 = refused.header("retry-after").and_then(|text| text.parse().ok()).expect("seconds");
        waits.push(seconds);
        app.advance(seconds);
        let ticket = app.login_ticket(ADA).await;
        fail(&app, &ticket, &factors.wrong_code(&app), 1).await;
    }
    assert!(waits.is_sorted() && waits[11] >= 2 * waits[0], "{waits:?}");
}

#[app_test]
async fn attempts_of_the_password_come_back_with_the_whole_login_only(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with(|settings| settings.set("login_attempts", "3/15m")).await;
    let factors = app.turn_on_second_step(ADA).await;
    for _ in 0..2 {
        app.login_ticket(ADA).await;
    }
    app.logged_in_with(ADA, &factors.code(&app, 0)).await;
    assert_eq!(app.database().value("select count(*) from attempts").await, "0");
    for _ in 0..3 {
        app.login_ticket(ADA).await;
    }
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::TooManyAttempts);
}

#[app_test]
async fn the_fifth_wrong_factor_tells_the_owner_once_a_day_that_the_password_is_known(app: TestApp) {
    app.logged_in(ADA).await;
    app.verify_emails().await;
    app.restart_with_mail().await;
    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    let factors = app.turn_on_second_step(ADA).await;
    let wrong = factors.wrong_code(&app);
    let mails = async || {
        let mails = app.mails_to(ADA).await;
        mails.into_iter().filter(|mail| mail.purpose == "second-factor-failed").collect::<Vec<_>>()
    };
    let ticket = app.login_ticket(ADA).await;
    fail(&app, &ticket, &wrong, 4).await;
    assert!(mails().await.is_empty());
    fail(&app, &ticket, &wrong, 1).await;
    let mail = mails().await.pop().expect("a mail");
    assert!(mail.content.text.starts_with("Someone entered your password for"), "{}", mail.content.text);
    assert!(mail.link().contains("/not-me?token="));

    for (hours, count) in [(1, 1), (22, 1), (2, 2)] {
        app.advance(hours * 3600);
        let ticket = app.login_ticket(ADA).await;
        fail(&app, &ticket, &wrong, 5).await;
        app.send_factor(&ticket, &wrong).await.assert_refused(ErrorCode::TicketInvalid);
        assert_eq!(mails().await.len(), count, "{hours}");
    }
}

#[app_test(each_policy)]
async fn of_twenty_simultaneous_uses_of_a_factor_on_two_nodes_one_succeeds(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    let factors = app.turn_on_second_step(ADA).await;
    let other = app.another_node().await;
    for factor in [factors.code(&app, 0), factors.recovery_code(0)] {
        let mut tickets = Vec::new();
        for _ in 0..20 {
            tickets.push(app.login_ticket(ADA).await);
        }
        let uses = tickets.iter().enumerate().map(|(n, ticket)| {
            let node = if n % 2 == 0 { &app } else { &other };
            node.send_factor(ticket, &factor)
        });
        let responses = join_all(uses).await;
        assert_eq!(responses.iter().filter(|response| response.status == 200).count(), 1);
        for response in responses.into_iter().filter(|response| response.status != 200) {
            // The fifth wrong one ends the other tickets.
            let code = response.problem().code;
            assert!(matches!(code, ErrorCode::SecondFactorInvalid | ErrorCode::TicketInvalid), "{response:?}");
        }
    }
}

#[app_test(each_policy)]
async fn of_twenty_simultaneous_uses_of_a_ticket_one_succeeds(app: TestApp) {
    app.logged_in(ADA).await;
    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    let factors = app.turn_on_second_step(ADA).await;
    let other = app.another_node().await;
    let ticket = app.login_ticket(ADA).await;
    let uses = (0..20).map(|n| {
        let (node, ticket, factor) = (if n % 2 == 0 { &app } else { &other }, &ticket, factors.recovery_code(n % 10));
        async move { node.send_factor(ticket, &factor).await }
    });
    let responses = join_all(uses).await;
    assert_eq!(responses.iter().filter(|response| response.status == 200).count(), 1);
}

/// Guessing goes on for a day from many addresses, with new tickets, and gets few guesses.
#[app_test(sqlite)]
async fn a_thief_with_the_password_gets_few_guesses_a_day(app: TestApp) {
    app.logged_in(ADA).await;
    let factors = app.turn_on_second_step(ADA).await;
    let wrong = factors.wrong_code(&app);
    let mut guesses = 0;
    for _ in 0..24 * 12 {
        let response = app.log_in(ADA, PASSWORD).await;
        if let Some(ticket) = response.problem().ticket {
            guesses += usize::from(app.send_factor(&ticket, &wrong).await.status == 401);
        }
        app.advance(300);
    }
    assert!(guesses < 40, "{guesses} of a million codes");
}
