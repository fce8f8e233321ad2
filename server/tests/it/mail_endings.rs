//! Mails that are not sent any more: their tickets are gone, they were never to be sent, or it is too late.

use std::time::Duration;

use server::{
    mail::letters::Letter,
    model::{
        email::Email,
        ticket::{NewTicket, TicketPurpose, TicketToken},
    },
};
use test_macros::app_test;

use crate::support::{SmtpBehavior, SmtpServer, TestApp};

fn ticket(app: &TestApp, token: &TicketToken, user_id: Option<&str>) -> NewTicket {
    NewTicket {
        hash: token.hash(),
        purpose: TicketPurpose::Invitation,
        slot: "invitation".into(),
        user_id: user_id.map(|id| server::model::user::UserId(id.to_owned())),
        email: Email::parse("ada@example.com").expect("an email"),
        password_version: 0,
        factors_version: 0,
        details: String::new(),
        created_at: app.now(),
        expires_at: app.now().plus(Duration::from_mins(15)),
    }
}

/// Past the store, which has no way to add a ticket alone.
async fn insert_ticket(app: &TestApp, ticket: &NewTicket) {
    let NewTicket { hash, purpose, slot, email, created_at, expires_at, .. } = ticket;
    app.database()
        .execute(format!(
            "insert into tickets (token_hash, purpose, slot, user_id, email, password_version, factors_version, details, \
             created_at, expires_at) values ('{}', '{}', '{slot}', null, '{}', 0, 0, '', {}, {})",
            hash.as_str(),
            purpose.name(),
            email.as_str(),
            created_at.0,
            expires_at.0
        ))
        .await;
}

#[app_test]
async fn a_mail_whose_ticket_is_used_superseded_or_expired_is_dropped_and_emptied(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    let [live, expired, gone] = [(); 3].map(|()| TicketToken::generate());
    for token in [&live, &expired] {
        insert_ticket(&app, &ticket(&app, token, None)).await;
    }
    for token in [&live, &expired, &gone] {
        app.enqueue_mail_with("ada@example.com", None, token, Some(&token.hash())).await;
    }
    let past = app.now().0;
    app.database()
        .execute(format!("update tickets set expires_at = {past} where token_hash = '{}'", expired.hash().as_str()))
        .await;

    app.send_due_mails().await;

    let mails = server.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].message.contains(live.reveal()));
    let rows = app.database().rows("select sealed, failure from mails order by failure").await;
    assert_eq!(rows.iter().filter(|row| row[0].is_empty()).count(), 3);
    assert_eq!(rows.iter().filter(|row| row[1] == "dropped").count(), 2);
}

#[app_test]
async fn a_mail_that_waits_is_emptied_soon_after_its_ticket_is_gone(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    server.behave(SmtpBehavior::Defer);
    let token = TicketToken::generate();
    insert_ticket(&app, &ticket(&app, &token, None)).await;
    app.enqueue_mail_with("ada@example.com", None, &token, Some(&token.hash())).await;
    app.send_due_mails().await;
    app.clean_up().await;
    assert_ne!(app.database().value("select sealed from mails").await, "", "it waits");

    app.database().execute("delete from tickets").await;
    app.clean_up().await;

    assert_eq!(app.database().value("select sealed from mails").await, "");
}

#[app_test]
async fn a_decoy_is_dropped_at_the_same_point_and_looks_the_same_until_then(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    let ada = Email::parse("ada@example.com").expect("an email");
    let letter = Letter {
        purpose: "reset",
        subject: "Reset your password".into(),
        paragraphs: vec!["Follow the link.".into()],
        link: Some("https://doorward.test/reset?token=1".into()),
        code: None,
    };
    let state = app.state();
    let (real, decoy) =
        (state.mailer.compose(&ada, None, &letter, None), state.mailer.compose_decoy(&ada, &letter, None));
    // `true` and `false` are the only difference.
    assert_eq!(real.sealed.len().abs_diff(decoy.sealed.len()), 2);
    state.store.enqueue_mails(&[decoy], app.now()).await.expect("the database works");

    app.send_due_mails().await;

    assert_eq!((server.mails().len(), server.connections()), (0, 0));
    assert_eq!(app.database().rows("select sealed, failure from mails").await, [["", "dropped"]]);
    assert_eq!(app.database().value("select count(*) from events where kind = 'mail_failed'").await, "0");
}

#[app_test]
async fn a_mail_that_no_server_accepts_for_a_day_is_given_up_with_an_event(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    server.behave(SmtpBehavior::Defer);
    let ada = app.logged_in("ada@example.com").await;
    app.enqueue_mail("ada@example.com", Some(ada.user_id())).await;
    let mut rounds = 0;
    while app.database().value("select count(*) from mails where done_at is null").await == "1" {
        app.send_due_mails().await;
        app.advance(1800);
        rounds += 1;
        assert!(rounds < 100);
    }
    assert!(rounds > 24 * 2, "{rounds} half hours");
    assert_eq!(app.database().rows("select sealed, failure from mails").await, [["", "given up"]]);
    assert_eq!(app.database().value("select count(*) from events where kind = 'mail_failed'").await, "1");
}

#[app_test]
async fn rows_of_mails_are_deleted_a_day_after_their_end(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    app.enqueue_mail("ada@example.com", None).await;
    app.send_due_mails().await;
    app.enqueue_mail("bob@example.com", None).await;
    app.advance(23 * 3600);
    app.clean_up().await;
    assert_eq!(app.database().value("select count(*) from mails").await, "2");
    app.advance(2 * 3600);
    app.clean_up().await;
    assert_eq!(app.database().value("select count(*) from mails").await, "1", "the second one waits");
}
