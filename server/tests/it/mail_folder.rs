//! Without a setting, mails are files.

use std::{fs, os::unix::fs::PermissionsExt};

use test_macros::app_test;

use crate::support::{Database, ServerProcess, TestApp, eventually};

#[app_test]
async fn without_a_setting_a_mail_is_a_file_of_its_owner_alone(app: TestApp) {
    app.restart_with(|settings| settings.unset("mail")).await;
    let ada = app.logged_in("ada@example.com").await;
    let token = app.enqueue_mail("ada@example.com", Some(ada.user_id())).await;

    app.send_due_mails().await;

    let folder = app.database().folder.path().join("mail");
    let mode = |path: &std::path::Path| fs::metadata(path).expect("it exists").permissions().mode() & 0o777;
    let file = folder.join("2026-01-01T00-00-00.250Z-reset.eml");
    assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
    let text = fs::read_to_string(file).expect("text");
    assert!(text.contains("Subject: Reset your password\r\n") && text.contains(&token), "{text}");
    assert!(text.contains("From: Doorward <no-reply@doorward.test>\r\n"), "{text}");
    assert_eq!(app.database().value("select sealed from mails").await, "");
}

#[app_test]
async fn a_folder_that_cannot_be_written_is_tried_again(app: TestApp) {
    app.restart_with(|settings| settings.unset("mail")).await;
    let folder = app.database().folder.path().join("mail");
    fs::write(&folder, "in the way").expect("written");
    app.enqueue_mail("ada@example.com", None).await;
    app.send_due_mails().await;
    let failure = app.database().value("select failure from mails where done_at is null").await;
    assert!(failure.contains("is not a directory"), "{failure}");
    fs::remove_file(&folder).expect("removed");
    app.advance(10);
    app.send_due_mails().await;
    assert_eq!(fs::read_dir(folder).expect("a folder").count(), 1);
}

#[tokio::test]
async fn one_log_line_has_the_purpose_and_the_user_and_nothing_else_of_the_mail() {
    let app = TestApp::start(Database::sqlite()).await;
    let ada = app.logged_in("ada@example.com").await;
    let folder = app.database().folder.path().to_owned();
    let data_dir = folder.display().to_string();
    let settings = [("DOORWARD_MAIL", "folder"), ("DOORWARD_DATA_DIR", data_dir.as_str()), ("DOORWARD_LOG", "info")];
    let log = fs::File::create(folder.join("log")).expect("a file");
    let server = ServerProcess::start_with_log(app.database(), &settings, log).await;
    app.set_wall_clock_to_now();
    let token = app.enqueue_mail("only-in-a-mail@example.com", Some(ada.user_id())).await;
    eventually(async || app.database().value("select sealed from mails").await.is_empty()).await;
    drop(server);

    let log = fs::read_to_string(folder.join("log")).expect("a log");
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("mail sent")).collect();
    assert!(lines.len() == 1 && lines[0].contains("reset") && lines[0].contains(ada.user_id()), "{log}");
    assert!(!log.contains(&token) && !log.contains("only-in-a-mail"), "{log}");
}
