//! The sender of the outbox, with a mail server that accepts, defers, rejects, or goes away.

use std::time::Duration;

use doorward_api::EventKind;
use futures::future::join_all;
use test_macros::app_test;

use crate::support::{Database, SmtpBehavior, SmtpServer, TestApp, eventually, metric};

#[app_test]
async fn an_accepted_mail_is_sent_once_and_its_row_is_emptied(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    let token = app.enqueue_mail("ada@example.com", None).await;

    app.send_due_mails().await;
    app.send_due_mails().await;

    let mails = server.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    let mail = &mails[0];
    assert_eq!((mail.from.as_str(), mail.to.as_slice()), ("no-reply@example.com", &["ada@example.com".to_owned()][..]));
    for (name, value) in [
        ("From", "Example <no-reply@example.com>"),
        ("To", "ada@example.com"),
        ("Subject", "Reset your password"),
        ("Date", "Thu, 01 Jan 2026 00:00:00 +0000"),
        ("Auto-Submitted", "auto-generated"),
        ("Content-Type", "text/plain; charset=utf-8"),
    ] {
        assert_eq!(mail.header(name), [value], "{mail:?}");
    }
    assert!(mail.message_id().ends_with("@doorward.test>"), "{mail:?}");
    assert!(mail.message.contains(&format!("\r\nhttps://doorward.test/reset?token={token}\r\n")), "{mail:?}");
    let rows = app.database().rows("select sealed, failure, done_at from mails").await;
    assert_eq!(rows, [[String::new(), "null".to_owned(), app.now().0.to_string()]]);
}

#[app_test]
async fn a_mail_that_is_deferred_is_sent_later_with_the_same_message_id(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    app.enqueue_mail("ada@example.com", None).await;
    server.behave(SmtpBehavior::Defer);
    app.send_due_mails().await;

    // Ten seconds, a minute, five minutes.
    for (before, attempts) in [(9, "1"), (1, "2"), (59, "2"), (1, "3"), (299, "3"), (1, "4")] {
        app.advance(before);
        app.send_due_mails().await;
        assert_eq!(app.database().value("select attempts from mails").await, attempts);
    }
    assert_eq!(app.database().value("select failure from mails").await, "RCPT TO: 451", "without the address");
    assert!(server.mails().is_empty());

    server.behave(SmtpBehavior::Accept);
    app.advance(900);
    app.send_due_mails().await;
    assert_eq!(server.mails().len(), 1);
}

#[app_test]
async fn a_mail_whose_acknowledgment_is_lost_is_delivered_again_as_the_same(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    app.enqueue_mail("ada@example.com", None).await;
    server.behave(SmtpBehavior::DropAfterData);
    app.send_due_mails().await;
    server.behave(SmtpBehavior::Accept);
    app.advance(10);
    app.send_due_mails().await;

    let mails = server.mails();
    assert_eq!(mails.len(), 2, "{mails:?}");
    assert_eq!(mails[0].message_id(), mails[1].message_id());
    assert_eq!(mails[0], mails[1], "not a byte is different");
}

#[app_test]
async fn a_rejected_recipient_ends_the_mail_with_an_event_of_the_user(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    let ada = app.logged_in("ada@example.com").await;
    app.enqueue_mail("ada@example.com", Some(ada.user_id())).await;
    app.enqueue_mail("stranger@example.com", None).await;
    server.behave(SmtpBehavior::Reject);

    app.send_due_mails().await;

    let rows = app.database().rows("select sealed, failure from mails").await;
    assert_eq!(rows, vec![[String::new(), "RCPT TO: 550".to_owned()]; 2]);
    let events = "select user_id, session_id from events where kind = 'mail_failed'";
    assert_eq!(app.database().rows(events).await, [[ada.user_id(), "null"]]);
    let activity = ada.get("/api/activity").await.assert_ok();
    assert_eq!(activity.json()["events"][0]["kind"], EventKind::MailFailed.name(), "{activity:?}");
    server.behave(SmtpBehavior::Accept);
    app.advance(24 * 3600);
    app.send_due_mails().await;
    assert!(server.mails().is_empty());
}

#[app_test]
async fn what_the_settings_are_wrong_about_is_no_fault_of_the_recipient(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    app.enqueue_mail("ada@example.com", None).await;
    server.behave(SmtpBehavior::RejectSender);
    app.send_due_mails().await;
    assert_eq!(app.database().value("select failure from mails where done_at is null").await, "MAIL FROM: 550");

    app.restart_with(|settings| {
        settings.set("mail", server.url_with_user("ada"));
        settings.set("mail_password", "wrong");
    })
    .await;
    server.behave(SmtpBehavior::Accept);
    app.advance(10);
    app.send_due_mails().await;
    assert_eq!(app.database().value("select failure from mails where done_at is null").await, "login: 535");

    app.restart_with(|settings| settings.set("mail_password", "hunter2pw")).await;
    app.advance(60);
    app.send_due_mails().await;
    assert_eq!((server.logins(), server.mails().len()), (vec!["ada wrong".into(), "ada hunter2pw".into()], 1));
}

#[app_test]
async fn a_slow_server_gets_every_mail_on_one_connection(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    server.behave(SmtpBehavior::Slow);
    for user in 0..5 {
        app.enqueue_mail(&format!("user{user}@example.com"), None).await;
    }
    app.send_due_mails().await;
    assert_eq!((server.mails().len(), server.connections()), (5, 1));
}

#[app_test]
async fn a_mail_leaves_as_soon_as_its_cause_is_committed(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    let state = app.state();
    let sender = tokio::spawn(async move { state.mail_sender.run().await });
    for count in 1..=5 {
        app.enqueue_mail("ada@example.com", None).await;
        eventually(async || server.mails().len() == count).await;
    }
    sender.abort();
}

async fn nodes_race(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    let nodes = [app.another_node().await, app.another_node().await];
    for user in 0..30 {
        app.enqueue_mail(&format!("user{user}@example.com"), None).await;
    }

    join_all(nodes.iter().chain(&nodes).chain([&app]).map(TestApp::send_due_mails)).await;

    let mut recipients: Vec<_> = server.mails().into_iter().flat_map(|mail| mail.to).collect();
    recipients.sort_unstable();
    recipients.dedup();
    assert_eq!((server.mails().len(), recipients.len()), (30, 30));
    assert_eq!(app.database().value("select count(*) from mails where attempts <> 1").await, "0");
}

#[tokio::test]
async fn nodes_that_race_send_each_mail_once() {
    nodes_race(TestApp::start(Database::postgres().await).await).await;
}

#[app_test]
async fn a_mail_of_a_node_that_has_died_is_sent_by_another_one_after_its_claim(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    app.enqueue_mail("ada@example.com", None).await;
    let store = app.state().store.clone();
    let id = store.due_mails(app.now()).await.expect("the database works").remove(0);
    let deadline = app.now().plus(Duration::from_secs(90));
    let claimed = store.claim_mail(&id, app.now(), deadline, app.now()).await.expect("the database works");
    assert!(claimed.is_some());

    app.send_due_mails().await;
    assert_eq!(store.retry_mails(app.now()).await.expect("the database works"), 0, "a claim is left alone");
    app.advance(89);
    app.send_due_mails().await;
    assert!(server.mails().is_empty());
    app.advance(1);
    app.send_due_mails().await;
    assert_eq!(server.mails().len(), 1);
}

#[app_test]
async fn a_dump_of_the_database_has_no_link_and_no_address_of_a_mail(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    let token = app.enqueue_mail("only-in-a-mail@example.com", None).await;
    for behavior in [SmtpBehavior::Defer, SmtpBehavior::Reject] {
        server.behave(behavior);
        let contents = app.database().contents().await;
        assert!(contents.contains("mails: "), "{contents}");
        for secret in [token.as_str(), "only-in-a-mail", "/reset", "Reset your password"] {
            assert!(!contents.contains(secret), "{secret} in {contents}");
        }
        app.send_due_mails().await;
        app.advance(10);
    }
}

#[app_test]
async fn mails_are_measured(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    let figure = async |name: &str| {
        app.state().mail_sender.measure().await.expect("the database works");
        metric(&app, name).await
    };
    let outcome = |outcome: &str| format!("doorward_mails_total{{outcome=\"{outcome}\"}}");
    assert_eq!(figure("doorward_mails_waiting").await, "0");
    assert_eq!(figure(&outcome("sent")).await, "0");
    app.enqueue_mail("ada@example.com", None).await;
    app.enqueue_mail("bob@example.com", None).await;
    server.behave(SmtpBehavior::Defer);
    app.send_due_mails().await;
    app.advance(60);
    assert_eq!(figure("doorward_mails_waiting").await, "2");
    assert_eq!(figure("doorward_mail_oldest_age_seconds").await, "60.0");
    assert_eq!(figure(&outcome("retried")).await, "2");
    server.behave(SmtpBehavior::Accept);
    app.send_due_mails().await;
    server.behave(SmtpBehavior::Reject);
    app.enqueue_mail("eve@example.com", None).await;
    app.send_due_mails().await;
    assert_eq!(figure("doorward_mails_waiting").await, "0");
    assert_eq!(figure("doorward_mail_oldest_age_seconds").await, "0.0");
    assert_eq!((figure(&outcome("sent")).await, figure(&outcome("failed")).await), ("2".into(), "1".into()));
}
