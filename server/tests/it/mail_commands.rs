//! `doorward mail`, and what `config check` and `doctor` say about the mail server.

use test_macros::app_test;

use crate::support::{
    Database, MASTER_SECRET, Output, SmtpBehavior, SmtpServer, TestApp, certificate, run_cli, run_cli_with,
};

const FROM: (&str, &str) = ("DOORWARD_MAIL_FROM", "no-reply@example.com");

async fn mail_test(database: &Database, server: &SmtpServer, settings: &[(&str, &str)]) -> Output {
    let url = server.url();
    let settings = [&[("DOORWARD_MAIL", url.as_str()), FROM], settings].concat();
    run_cli_with(database, &settings, "mail test ada@example.com", b"").await
}

#[tokio::test]
async fn a_test_sends_one_mail_and_prints_the_answer_of_the_server() {
    let database = Database::sqlite();
    let server = SmtpServer::start().await;
    let answer = mail_test(&database, &server, &[]).await.assert_success();
    assert!(answer.contains("accepted the mail: 250 2.0.0 queued as A1B2") && answer.lines().count() == 1, "{answer}");
    let mails = server.mails();
    assert!(mails.len() == 1 && mails[0].to == ["ada@example.com"], "{mails:?}");
    assert_eq!(mails[0].header("Subject"), ["Test mail"]);
    assert!(!database.folder.path().join("doorward.db").exists(), "it needs no database");
}

#[tokio::test]
async fn a_test_that_fails_says_why_in_one_line() {
    let database = Database::sqlite();
    let server = SmtpServer::start().await;
    for (behavior, line) in [
        (SmtpBehavior::Reject, "RCPT TO: 550 5.1.1 <ada@example.com> is unknown"),
        (SmtpBehavior::Defer, "RCPT TO: 451 4.7.1 <ada@example.com> later"),
        (SmtpBehavior::RejectSender, "MAIL FROM: 550 5.7.1 not your address"),
        (SmtpBehavior::DropAfterData, "message: "),
    ] {
        server.behave(behavior);
        mail_test(&database, &server, &[]).await.assert_failure(1, line);
    }
    let refused = [("DOORWARD_MAIL", "smtp://127.0.0.1:1"), FROM];
    let output = run_cli_with(&database, &refused, "mail test ada@example.com", b"").await;
    output.assert_failure(1, "smtp://127.0.0.1:1: connection: ");
    run_cli(&database, "mail test ada@example.com", "").await.assert_failure(1, "mail: is `off`");
    run_cli(&database, "mail test ada", "").await.assert_failure(2, "\"ada\" is not an email address");
    let plaintext = SmtpServer::without_starttls().await;
    mail_test(&database, &plaintext, &[]).await.assert_failure(1, "STARTTLS: the server offers none");
}

#[tokio::test]
async fn a_test_with_a_folder_prints_the_path_of_the_file() {
    let database = Database::sqlite();
    let folder = database.folder.path().display().to_string();
    let settings = [("DOORWARD_MAIL", "folder"), ("DOORWARD_DATA_DIR", folder.as_str()), ("DOORWARD_LANGUAGE", "de")];
    let printed = run_cli_with(&database, &settings, "mail test ada@example.com", b"").await.assert_success();
    let path = printed.trim().strip_prefix("Written to ").expect("a path");
    assert!(std::fs::read_to_string(path).expect("a file").contains("Testmail"), "{printed}");
}

#[tokio::test]
async fn encrypted_servers_are_verified_by_the_certificates_of_the_system() {
    let database = Database::sqlite();
    let folder = database.folder.path();
    certificate(folder, "30");
    let authority = folder.join("authority.pem").display().to_string();
    for server in [SmtpServer::with_starttls(folder).await, SmtpServer::with_tls(folder).await] {
        let url = server.url_with_user("ada%40example.com");
        let settings = [
            ("DOORWARD_MAIL", url.as_str()),
            ("DOORWARD_MAIL_PASSWORD", "hunter2pw"),
            ("SSL_CERT_FILE", authority.as_str()),
        ];
        let unencrypted = server.encrypted_connections();
        mail_test(&database, &server, &settings).await.assert_success();
        assert_eq!((server.mails().len(), server.encrypted_connections() - unencrypted), (1, 1));
        assert_eq!(server.logins(), ["ada@example.com hunter2pw"]);

        let untrusted = [settings[0], settings[1], ("SSL_CERT_FILE", "/dev/null")];
        let output = mail_test(&database, &server, &untrusted).await;
        assert!(output.status == 1 && output.stderr.contains("certificate"), "{output:?}");
        assert_eq!((server.mails().len(), server.logins().len()), (1, 1), "nothing more is sent");

        let check = run_cli_with(&database, &[&settings[..], &[FROM]].concat(), "config check", b"").await;
        assert!(!check.assert_success().contains("warning: mail"));
        let doctor = run_cli_with(&database, &[&settings[..], &[FROM]].concat(), "doctor", b"").await;
        assert!(doctor.stdout.contains("can be reached, with a valid certificate"), "{doctor:?}");
    }
}

#[tokio::test]
async fn a_mail_server_that_cannot_be_used_is_warned_of() {
    let database = Database::sqlite();
    let server = SmtpServer::start().await;
    let url = server.url_with_user("ada");
    for (url, password, problem) in
        [("smtp://127.0.0.1:1", "", "connection: "), (url.as_str(), "wrong", "login: 535 5.7.8 wrong password")]
    {
        let settings = [("DOORWARD_MAIL", url), ("DOORWARD_MAIL_PASSWORD", password), FROM];
        let check = run_cli_with(&database, &settings, "config check", b"").await.assert_success();
        assert!(check.contains("warning: mail: ") && check.contains(problem), "{check}");
        let doctor = run_cli_with(&database, &settings, "doctor", b"").await;
        let line = doctor.stdout.lines().find(|line| line.contains(" mail: ")).expect("a line about mail");
        assert!(line.starts_with("warn") && line.contains(problem), "{line}");
    }
}

#[app_test]
async fn mails_that_wait_are_listed_without_recipient_and_tried_again_at_once(app: TestApp) {
    let server = SmtpServer::start().await;
    app.send_mails_through(&server).await;
    app.set_wall_clock_to_now();
    let ada = app.logged_in("ada@example.com").await;
    app.enqueue_mail("ada@example.com", Some(ada.user_id())).await;
    server.behave(SmtpBehavior::Defer);
    app.send_due_mails().await;
    let settings = [("DOORWARD_SECRET", MASTER_SECRET)];

    let list = run_cli_with(app.database(), &settings, "mail list", b"").await.assert_success();
    let line = list.lines().next().expect("a line");
    for part in ["purpose=reset", ada.user_id(), "attempts=1", "RCPT TO: 451"] {
        assert!(line.contains(part), "{line}");
    }
    assert!(list.ends_with("Mails that wait: 1.\n") && !list.contains("ada@example.com"), "{list}");

    server.behave(SmtpBehavior::Accept);
    app.send_due_mails().await;
    assert!(server.mails().is_empty(), "not yet");
    let retried = run_cli_with(app.database(), &settings, "mail retry", b"").await.assert_success();
    assert!(retried.contains(": 1."), "{retried}");
    app.set_wall_clock_to_now();
    app.send_due_mails().await;
    assert_eq!(server.mails().len(), 1);
}
