//! Without a mail server: what waits for it, and what does not; and servers that are killed.

use std::{sync::Mutex, time::Duration};

use server::{
    log_once::FailureLog,
    mail::{sender::MailSender, smtp::SmtpTimeouts},
    state::{mail_transport, message_writer},
};
use test_macros::app_test;

use crate::support::{Database, MASTER_SECRET, ServerProcess, SmtpBehavior, SmtpServer, TestApp, eventually};

/// The sender of a server, with less patience.
fn impatient_sender(app: &TestApp) -> MailSender {
    let state = app.state();
    let moment = Duration::from_millis(200);
    let timeouts = SmtpTimeouts { connect: moment, send: moment, quit: moment };
    MailSender {
        store: state.store.clone(),
        mailer: state.mailer.clone(),
        writer: message_writer(&state.config, &state.public_url),
        transport: mail_transport(&state.config, &state.public_url, timeouts),
        metrics: state.metrics.clone(),
        clock: state.clock.clone(),
        clock_trust: state.sessions.clock_trust.clone(),
        outage: Mutex::new(FailureLog::new("sending of mails")),
    }
}

#[app_test]
async fn a_server_that_says_nothing_is_left_after_a_while_and_tried_again(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    server.behave(SmtpBehavior::Silence);
    for user in 0..3 {
        app.enqueue_mail(&format!("user{user}@example.com"), None).await;
    }
    let sender = impatient_sender(&app);

    sender.send_due().await.expect("the database works");

    let failures = "select count(*) from mails where failure like 'connection: no answer within%'";
    assert_eq!(app.database().value(failures).await, "1", "the others wait for the next round");
    eventually(async || server.open_connections() == 0).await;
    server.behave(SmtpBehavior::Accept);
    app.advance(10);
    sender.send_due().await.expect("the database works");
    assert_eq!(server.mails().len(), 3);
}

#[app_test]
async fn a_server_that_refuses_connections_is_tried_again(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    app.restart_with(|settings| settings.set("mail", "smtp://127.0.0.1:1")).await;
    app.enqueue_mail("ada@example.com", None).await;
    app.send_due_mails().await;
    let failure = app.database().value("select failure from mails where done_at is null").await;
    assert!(failure.starts_with("connection: ") && failure.contains("refused"), "{failure}");

    app.restart_with(|settings| settings.set("mail", server.url())).await;
    app.advance(10);
    app.send_due_mails().await;
    assert_eq!(server.mails().len(), 1);
}

#[app_test]
async fn a_server_without_starttls_gets_nothing(app: TestApp) {
    let server = SmtpServer::without_starttls().await;
    app.send_mails_through(&server).await;
    app.restart_with(|settings| {
        settings.set("mail", server.url_with_user("ada"));
        settings.set("mail_password", "hunter2pw");
    })
    .await;
    app.enqueue_mail("ada@example.com", None).await;

    app.send_due_mails().await;

    let failure = app.database().value("select failure from mails where done_at is null").await;
    assert_eq!(failure, "STARTTLS: the server offers none, so nothing is sent");
    assert_eq!((server.mails().len(), server.logins().len()), (0, 0), "nor the password");
}

/// Settings of a process that sends mails through this server.
fn through(url: &str) -> [(&str, &str); 2] {
    [("DOORWARD_MAIL", url), ("DOORWARD_MAIL_FROM", "no-reply@example.com")]
}

#[app_test]
async fn no_request_waits_for_a_mail_server_that_says_nothing(app: TestApp) {
    let mail_server = SmtpServer::start().await;
    mail_server.behave(SmtpBehavior::Silence);
    let url = mail_server.url();
    app.logged_in("ada@example.com").await;
    let server = ServerProcess::start_with_log(app.database(), &through(&url), std::process::Stdio::null()).await;
    for user in 0..3 {
        app.enqueue_mail(&format!("user{user}@example.com"), None).await;
    }
    // The sender waits from here on, for twenty seconds.
    eventually(async || mail_server.open_connections() == 1).await;

    let authorization = server.log_in("ada@example.com").await.expect("a login");
    assert_eq!(server.me(&authorization).await.expect("a response").0, 200);
    for path in ["/login", "/register", "/readyz"] {
        assert!(server.get(path).await.starts_with("HTTP/1.1 200"), "{path}");
    }
    let change =
        r#"{"current_password":"correct horse battery staple","new_password":"another horse and another staple"}"#;
    let changed = server.open("POST", "/api/account/password", &authorization, change).await;
    assert!(changed.is_ok());

    assert_eq!(mail_server.open_connections(), 1, "the sender still waits");
    assert_eq!(mail_server.most_connections(), 1, "one connection at a time");
}

#[app_test]
async fn a_mail_goes_out_after_its_server_was_killed_before_sending_it(app: TestApp) {
    let mut server =
        ServerProcess::start_with_log(app.database(), &through("smtp://127.0.0.1:1"), std::process::Stdio::null())
            .await;
    // The processes have the time of day.
    app.set_wall_clock_to_now();
    app.enqueue_mail("ada@example.com", None).await;
    eventually(async || app.database().value("select count(*) from mails where failure is not null").await == "1")
        .await;
    server.signal("-KILL").await;
    server.exit_status().await;
    // Not the wait of ten seconds.
    app.database().execute("update mails set send_at = created_at").await;

    let mail_server = SmtpServer::start().await;
    let _server = ServerProcess::start_with(app.database(), &through(&mail_server.url())).await;

    eventually(async || mail_server.mails().len() == 1).await;
    eventually(async || app.database().value("select sealed from mails").await.is_empty()).await;
}

#[tokio::test]
async fn the_only_server_of_a_database_waits_for_no_claim_of_a_killed_one() {
    let app = TestApp::start(Database::sqlite()).await;
    let mail_server = SmtpServer::start().await;
    mail_server.behave(SmtpBehavior::Silence);
    let mut server =
        ServerProcess::start_with_log(app.database(), &through(&mail_server.url()), std::process::Stdio::null()).await;
    app.set_wall_clock_to_now();
    app.enqueue_mail("ada@example.com", None).await;
    eventually(async || mail_server.open_connections() == 1).await;
    server.signal("-KILL").await;
    server.exit_status().await;
    mail_server.behave(SmtpBehavior::Accept);

    let _server = ServerProcess::start_with(app.database(), &through(&mail_server.url())).await;

    eventually(async || mail_server.mails().len() == 1).await;
}

#[tokio::test]
async fn without_mails_nothing_is_sent_and_what_is_left_is_emptied_in_the_end() {
    let app = TestApp::start(Database::sqlite()).await;
    app.enqueue_mail("ada@example.com", None).await;
    app.send_due_mails().await;
    assert_eq!(app.database().value("select attempts from mails").await, "0");
    app.advance(25 * 3600);
    app.clean_up().await;
    assert_eq!(app.database().rows("select sealed, failure from mails").await, [["", "dropped"]]);
}

#[tokio::test]
async fn the_log_of_a_mail_has_its_purpose_and_the_user_and_nothing_of_what_it_says() {
    let app = TestApp::start(Database::sqlite()).await;
    let ada = app.logged_in("ada@example.com").await;
    let mail_server = SmtpServer::start().await;
    mail_server.behave(SmtpBehavior::Defer);
    let url = mail_server.url_with_user("ada");
    let settings = [
        ("DOORWARD_MAIL", url.as_str()),
        ("DOORWARD_MAIL_FROM", "no-reply@example.com"),
        ("DOORWARD_MAIL_PASSWORD", "hunter2pw"),
        ("DOORWARD_LOG", "trace"),
        ("DOORWARD_SECRET", MASTER_SECRET),
    ];
    let folder = app.database().folder.path().to_owned();
    let log = std::fs::File::create(folder.join("log")).expect("a file");
    let server = ServerProcess::start_with_log(app.database(), &settings, log).await;
    app.set_wall_clock_to_now();
    let mut tokens = vec![app.enqueue_mail("only-in-a-mail@example.com", Some(ada.user_id())).await];
    eventually(async || mail_server.connections() > 0).await;
    eventually(async || app.database().value("select count(*) from mails where failure is not null").await == "1")
        .await;
    for behavior in [SmtpBehavior::Accept, SmtpBehavior::Reject] {
        mail_server.behave(behavior);
        tokens.push(app.enqueue_mail("only-in-a-mail@example.com", Some(ada.user_id())).await);
        let waiting = "select count(*) from mails where done_at is null and attempts = 0";
        eventually(async || app.database().value(waiting).await == "0").await;
        eventually(async || app.database().value("select count(*) from mails where sealed <> ''").await == "1").await;
    }
    drop(server);

    let log = std::fs::read_to_string(folder.join("log")).expect("a log");
    for (text, line) in [("mail deferred", "RCPT TO: 451"), ("mail sent", "reset"), ("mail failed", "RCPT TO: 550")] {
        let found =
            log.lines().any(|entry| entry.contains(text) && entry.contains(ada.user_id()) && entry.contains(line));
        assert!(found, "{text} {line}");
    }
    for secret in tokens.iter().map(String::as_str).chain(["only-in-a-mail", "hunter2pw", "/reset?token"]) {
        assert!(!log.contains(secret), "{secret}");
    }
}
