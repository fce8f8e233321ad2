//! Settings of mail: what is refused, and with which advice.

use crate::support::{Database, run_cli, run_cli_with};

#[tokio::test]
async fn a_setting_that_cannot_work_or_is_not_encrypted_is_refused_with_what_to_do() {
    let database = Database::sqlite();
    let (from, server) = (("DOORWARD_MAIL_FROM", "no-reply@example.com"), "smtps://mail.example.com");
    for (settings, problem) in [
        (vec![("DOORWARD_MAIL", "smtp://mail.example.com"), from], "mail: `smtp://` is not encrypted"),
        (vec![("DOORWARD_MAIL", "smtps://ada:hunter2pw@mail.example.com"), from], "DOORWARD_MAIL_PASSWORD_FILE"),
        (vec![("DOORWARD_MAIL", "sendmail"), from], "mail: must be `folder`, `off`, or begin with"),
        (vec![("DOORWARD_MAIL", server)], "mail_from: required"),
        (vec![("DOORWARD_MAIL", server), ("DOORWARD_MAIL_FROM", "example.com")], "mail_from: must be an address"),
        (vec![("DOORWARD_MAIL", server), from, ("DOORWARD_MAIL_REPLY_TO", "x")], "mail_reply_to: "),
        (vec![("DOORWARD_MAIL", "smtps://ada@mail.example.com"), from], "mail_password: required"),
        (
            vec![("DOORWARD_MAIL", server), from, ("DOORWARD_MAIL_PASSWORD", "hunter2pw")],
            "mail_password: `mail` has no user",
        ),
        (
            vec![("DOORWARD_MAIL", "folder"), ("DOORWARD_MAIL_PASSWORD", "hunter2pw")],
            "mail_password: `mail` is no server",
        ),
    ] {
        for command in ["serve", "config check"] {
            let output = run_cli_with(&database, &settings, command, b"").await;
            output.assert_failure(1, problem);
            assert!(!output.stderr.contains("hunter2pw"), "{output:?}");
        }
    }
}

#[tokio::test]
async fn a_password_is_no_flag_and_is_never_shown() {
    let database = Database::sqlite();
    run_cli(&database, "serve --mail-password hunter2pw", "").await.assert_failure(2, "DOORWARD_MAIL_PASSWORD_FILE");
    let output = run_cli(&database, "serve --mail smtps://ada:hunter2pw@mail.example.com", "").await;
    output.assert_failure(2, "DOORWARD_MAIL_FILE");
    assert!(!output.stderr.contains("hunter2pw"), "{output:?}");
    let help = run_cli(&database, "serve --help", "").await.assert_success();
    assert!(help.contains("--mail-from") && !help.contains("--mail-password"), "{help}");
}

#[tokio::test]
async fn mails_that_users_do_not_get_are_warned_of() {
    let database = Database::sqlite();
    let settings = [("DOORWARD_MAIL", "folder"), ("DOORWARD_PUBLIC_URL", "https://login.example.com")];
    let output = run_cli_with(&database, &settings, "config check", b"").await.assert_success();
    assert!(output.contains("warning: mail: `folder` only writes mails to files"), "{output}");
    let output = run_cli_with(&database, &[("DOORWARD_MAIL", "folder")], "config check", b"").await.assert_success();
    assert!(!output.contains("warning: mail"), "{output}");
}
