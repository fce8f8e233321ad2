//! How often and how long codes can be tried, and what happens when several requests try at once.

use doorward_api::ErrorCode;
use futures::future::join_all;
use test_macros::app_test;

use crate::support::{PASSWORD, TestApp, wrong_code};

const ADA: &str = "ada@example.com";

async fn code(app: &TestApp) -> String {
    app.mail_to(ADA).await.code().to_owned()
}

#[app_test]
async fn the_fifth_wrong_code_ends_the_registration(app: TestApp) {
    let app = app.with_mail().await;
    let ticket = app.begin_registration(ADA).await;
    let code = code(&app).await;
    for tries_left in [4, 3, 2, 1, 0] {
        let response = app.confirm_registration(&ticket, &wrong_code(&code)).await;
        let problem = response.assert_refused(ErrorCode::CodeInvalid).problem();
        assert_eq!(problem.tries_left, Some(tries_left));
        assert!(problem.detail.is_some_and(|detail| detail.contains(match tries_left {
            0 => "Start again",
            1 => "one more time",
            _ => "more times",
        })));
    }
    app.confirm_registration(&ticket, &code).await.assert_refused(ErrorCode::TicketInvalid);
    assert_eq!(app.database().value("select count(*) from registrations").await, "0");
}

#[app_test]
async fn the_right_code_works_at_the_fifth_try(app: TestApp) {
    let app = app.with_mail().await;
    let ticket = app.begin_registration(ADA).await;
    let code = code(&app).await;
    for _ in 0..4 {
        app.confirm_registration(&ticket, &wrong_code(&code)).await.assert_refused(ErrorCode::CodeInvalid);
    }
    app.confirm_registration(&ticket, &code).await.assert_status(201);
}

#[app_test]
async fn of_concurrent_wrong_codes_five_are_compared(app: TestApp) {
    let app = app.with_mail().await;
    let ticket = app.begin_registration(ADA).await;
    let wrong = wrong_code(&code(&app).await);
    let node = app.another_node().await;
    let tries = (0..14).map(|n| {
        let node = if n % 2 == 0 { &app } else { &node };
        node.confirm_registration(&ticket, &wrong)
    });
    let responses = join_all(tries).await;
    let compared = responses.iter().filter(|response| response.problem().code == ErrorCode::CodeInvalid).count();
    assert_eq!(compared, 5);
    for response in responses {
        assert!(matches!(response.problem().code, ErrorCode::CodeInvalid | ErrorCode::TicketInvalid), "{response:?}");
    }
}

#[app_test]
async fn fifteen_codes_can_be_tried_for_an_address_in_an_hour(app: TestApp) {
    let app = app.with_mail().await;
    for n in 0..3 {
        let ticket = app.begin_registration(ADA).await;
        for _ in 0..5 {
            let response = app.confirm_registration(&ticket, &format!("0000000{n}")).await;
            assert_eq!(response.status, 422, "{response:?}");
        }
    }
    app.advance(1800);
    let ticket = app.begin_registration(ADA).await;
    let node = app.another_node().await;
    let response = node.confirm_registration(&ticket, "00000009").await.assert_refused(ErrorCode::TooManyAttempts);
    assert!(response.problem().retry_after.is_some_and(|seconds| seconds <= 3600));
    // Other addresses are not concerned.
    app.registered_with_code("bob@example.com").await;

    app.advance(1800);
    app.confirm_registration(&ticket, "00000009").await.assert_refused(ErrorCode::CodeInvalid);
}

#[app_test]
async fn a_code_is_valid_for_ten_minutes_and_its_ticket_for_an_hour(app: TestApp) {
    let app = app.with_mail().await;
    let ticket = app.begin_registration(ADA).await;
    let first = code(&app).await;
    app.advance_millis(599_999);
    let other = app.begin_registration("bob@example.com").await;
    app.advance_millis(1);
    app.confirm_registration(&ticket, &first).await.assert_refused(ErrorCode::CodeInvalid);

    // Without starting again.
    app.resend_code(&ticket).await.assert_status(202);
    let second = code(&app).await;
    app.advance_millis(599_999);
    app.confirm_registration(&ticket, &second).await.assert_status(201);

    app.advance_millis(3_600_000 - 599_999 - 1);
    app.resend_code(&other).await.assert_refused(ErrorCode::TicketInvalid);
    app.advance_millis(1);
    app.clean_up().await;
    assert_eq!(app.database().value("select count(*) from registrations").await, "0");
}

#[app_test]
async fn every_code_stays_valid_beside_newer_ones_for_its_own_time(app: TestApp) {
    let app = app.with_mail().await;
    for used in 0..3 {
        let email = format!("user{used}@example.com");
        let ticket = app.begin_registration(&email).await;
        for _ in 0..2 {
            app.advance(60);
            let pending = app.resend_code(&ticket).await.assert_status(202).json();
            assert_eq!(pending["ticket"], ticket.as_str());
        }
        let codes: Vec<_> = app.mails_to(&email).await.iter().map(|mail| mail.code().to_owned()).collect();
        assert_eq!(codes.len(), 3);
        app.advance(479);
        app.confirm_registration(&ticket, &codes[used]).await.assert_status(201);
        app.advance(3600);
    }
}

#[app_test]
async fn a_new_code_can_be_requested_after_thirty_seconds(app: TestApp) {
    let app = app.with_mail().await;
    let ticket = app.begin_registration(ADA).await;
    app.advance(20);
    let response = app.resend_code(&ticket).await.assert_refused(ErrorCode::TooManyAttempts);
    assert_eq!(response.header("retry-after"), Some("10"));
    assert_eq!(app.mails_to(ADA).await.len(), 1);
    app.advance(10);
    let node = app.another_node().await;
    let responses =
        join_all((0..10).map(|n| if n % 2 == 0 { &app } else { &node }).map(|app| app.resend_code(&ticket)));
    let sent = responses.await.into_iter().filter(|response| response.status == 202).count();
    assert_eq!(sent, 1);
    assert_eq!(app.mails_to(ADA).await.len(), 2);
}

#[app_test]
async fn more_mails_than_allowed_are_written_and_not_sent(app: TestApp) {
    let app = app.with_mail().await;
    let mut tickets = Vec::new();
    for _ in 0..6 {
        tickets.push(app.begin_registration(ADA).await);
    }
    assert_eq!(app.mails_to(ADA).await.len(), 3);
    assert_eq!(app.outbox().await.len(), 6);
    // No code belongs to the others.
    let decoy = app.outbox().await.into_iter().filter(|mail| mail.content.is_decoy);
    for (mail, ticket) in decoy.zip(&tickets[3..]) {
        app.confirm_registration(ticket, mail.code()).await.assert_refused(ErrorCode::CodeInvalid);
    }
}

#[app_test]
async fn of_two_registrations_of_an_address_that_finish_at_once_one_gets_the_account(app: TestApp) {
    let app = app.with_mail().await;
    let node = app.another_node().await;
    for round in 0..5 {
        let email = format!("user{round}@example.com");
        let mut finished = Vec::new();
        for _ in 0..2 {
            let ticket = app.begin_registration(&email).await;
            finished.push((ticket, app.mails_to(&email).await));
        }
        let tickets: Vec<_> = finished.iter().map(|(ticket, _)| ticket.clone()).collect();
        let codes: Vec<_> = finished[1].1.iter().map(|mail| mail.code().to_owned()).collect();
        let pairs = tickets.iter().flat_map(|ticket| codes.iter().map(move |code| (ticket, code)));
        // Twice, on both nodes: also two requests for one registration.
        let tries = pairs.flat_map(|(ticket, code)| [&app, &node].map(|app| app.confirm_registration(ticket, code)));
        let responses = join_all(tries).await;
        let created = responses.iter().filter(|response| response.status == 201).count();
        assert_eq!(created, 1, "{responses:?}");
        for response in responses.iter().filter(|response| response.status != 201) {
            let code = response.problem().code;
            assert!(matches!(code, ErrorCode::TicketInvalid | ErrorCode::CodeInvalid), "{response:?}");
        }
        let users = format!("select count(*) from users where email = '{email}'");
        assert_eq!(app.database().value(users).await, "1");
        app.advance(3600);
    }
}

#[app_test]
async fn a_registration_is_kept_across_a_restart_and_on_every_node(app: TestApp) {
    let app = app.with_mail().await;
    let ticket = app.begin_registration(ADA).await;
    let code = code(&app).await;
    app.restart().await;
    let node = app.another_node().await;
    node.confirm_registration(&ticket, &code).await.assert_status(201);
    app.log_in(ADA, PASSWORD).await.assert_ok();
}
