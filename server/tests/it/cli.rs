//! The command line, used beside a running server.

use doorward_api::{EndReason, ErrorCode};
use test_macros::app_test;

use crate::support::{Database, Output, PASSWORD, TestApp, eventually, run_cli, run_cli_with};

const ADA: &str = "ada@example.com";

/// A running server whose clock agrees with that of the commands.
fn on_todays_clock(app: TestApp) -> TestApp {
    app.set_wall_clock_to_now();
    app.with_revocation_sync()
}

async fn run(app: &TestApp, arguments: &str) -> Output {
    run_cli(app.database(), arguments, "").await
}

#[app_test]
async fn an_added_user_can_log_in(app: TestApp) {
    let app = on_todays_clock(app);
    let arguments = "user add Ada@Example.com --name Ada --role editor --role admin";

    let output = run_cli(app.database(), arguments, &format!("{PASSWORD}\n")).await.assert_success();

    assert_eq!(output, "Added ada@example.com.\n");
    let ada = app.logged_in(ADA).await;
    assert_eq!(ada.token_response.user.roles, ["admin", "editor"]);
    assert_eq!(ada.token_response.user.name, "Ada");
    run_cli(app.database(), arguments, PASSWORD).await.assert_failure(1, "already has an account");
}

#[app_test]
async fn an_invalid_user_is_refused_with_the_reason(app: TestApp) {
    for (arguments, password, status, message) in [
        ("user add ada --name Ada", PASSWORD, 2, "email"),
        ("user add ada@example.com --name \u{202E}", PASSWORD, 2, "--name"),
        ("user add ada@example.com --name Ada --role a,b", PASSWORD, 2, "role"),
        ("user add ada@example.com --name Ada", "short", 1, "password"),
        ("user add ada@example.com --name Ada", "", 1, "password"),
    ] {
        let output = run_cli(app.database(), arguments, password).await;
        output.assert_failure(status, message);
        assert!(!output.stderr.contains(PASSWORD));
    }
    assert_eq!(app.database().value("select count(*) from users").await, "0");
}

#[app_test]
async fn users_are_listed_with_their_sessions(app: TestApp) {
    let app = on_todays_clock(app);
    app.logged_in(ADA).await;
    app.logged_in(ADA).await;
    app.logged_in("bob@example.com").await.log_out().await.assert_ok();

    let output = run(&app, "user list").await.assert_success();

    let lines: Vec<Vec<&str>> = output.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["EMAIL", "NAME", "ROLES", "SESSIONS", "CREATED", "SECOND-STEP", "STATE"]);
    assert_eq!((lines[1][0], lines[1][4]), (ADA, "2"));
    assert_eq!((lines[2][0], lines[2][4]), ("bob@example.com", "0"));
}

#[app_test]
async fn disabling_a_user_ends_their_sessions_until_they_are_enabled_and_log_in(app: TestApp) {
    let app = on_todays_clock(app);
    let ada = app.logged_in(ADA).await;
    let tab = ada.session_end_stream().await;
    run(&app, "user disable ada@example.com").await.assert_failure(2, "--yes");
    ada.me().await.assert_ok();

    let output = run(&app, "user disable ada@example.com --yes").await.assert_success();

    assert_eq!(output, "ada@example.com is disabled; 1 session ended.\n");
    eventually(async || ada.me().await.status == 401).await;
    ada.me().await.assert_ended(EndReason::RevokedByAdmin);
    ada.refresh().await.assert_ended(EndReason::RevokedByAdmin);
    assert_eq!(tab.end().await.expect("an event").reason, EndReason::RevokedByAdmin);
    app.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    assert!(run(&app, "user list").await.assert_success().contains("disabled since"));
    run(&app, "user disable ada@example.com").await.assert_success();

    run(&app, "user enable ada@example.com").await.assert_success();
    app.log_in(ADA, PASSWORD).await.assert_ok();
    ada.refresh().await.assert_ended(EndReason::RevokedByAdmin);
}

#[app_test]
async fn changed_roles_apply_from_the_next_refresh(app: TestApp) {
    let mut ada = on_todays_clock(app).logged_in(ADA).await;
    let app = ada.app.clone();

    let output = run(&app, "user role ada@example.com --add admin --add editor").await.assert_success();
    assert_eq!(output, "ada@example.com: admin editor\n");
    assert_eq!(ada.refresh_and_store().await.user.roles, ["admin", "editor"]);

    app.logged_in("bob@example.com").await;
    app.database().execute("update users set roles = 'admin' where email = 'bob@example.com'").await;
    let output = run(&app, "user role ada@example.com --remove admin --remove editor").await.assert_success();
    assert_eq!(output, "ada@example.com: no roles\n");
    assert!(ada.refresh_and_store().await.user.roles.is_empty());
    assert_eq!(app.database().value("select count(*) from events where kind = 'roles_changed'").await, "2");
}

#[app_test]
async fn the_last_administrator_keeps_the_role(app: TestApp) {
    let app = on_todays_clock(app);
    let ada = app.logged_in(ADA).await;
    app.logged_in("bob@example.com").await;
    app.database().execute("update users set roles = 'admin editor' where email = 'ada@example.com'").await;
    let roles = "select roles from users where email = 'ada@example.com'";

    for arguments in ["--remove admin", "--remove admin --yes", "--remove admin --add support --now --yes"] {
        let output = run(&app, &format!("user role ada@example.com {arguments}")).await;
        assert_eq!(output.status, 1, "{output:?}");
        assert!(output.stderr.contains("ada@example.com is the last administrator"), "{output:?}");
        assert_eq!(app.database().value(roles).await, "admin editor");
    }
    // One who is disabled does not count.
    app.database().execute("update users set roles = 'admin', disabled_at = 1 where email = 'bob@example.com'").await;
    run(&app, "user role ada@example.com --remove admin").await.assert_failure(1, "last administrator");
    ada.me().await.assert_ok();
    run(&app, "user role ada@example.com --remove editor").await.assert_success();
    run(&app, "user role bob@example.com --remove admin").await.assert_success();

    run(&app, "user enable bob@example.com").await.assert_success();
    run(&app, "user role bob@example.com --add admin").await.assert_success();
    run(&app, "user role ada@example.com --remove admin").await.assert_success();
    assert_eq!(app.database().value(roles).await, "");
}

#[app_test]
async fn changed_roles_apply_at_once_when_the_sessions_are_ended(app: TestApp) {
    let app = on_todays_clock(app);
    let (phone, bob) = (app.logged_in(ADA).await, app.logged_in("bob@example.com").await);
    app.logged_in(ADA).await;
    let arguments = "user role ada@example.com --add admin --now";
    let unconfirmed = run(&app, arguments).await;
    assert_eq!(unconfirmed.status, 2, "{unconfirmed:?}");
    assert!(unconfirmed.stdout.contains("ends 2 sessions of Ada Lovelace"), "{unconfirmed:?}");
    phone.me().await.assert_ok();

    let output = run(&app, &format!("{arguments} --yes")).await.assert_success();

    assert!(
        output.starts_with("ada@example.com: admin, effective at once") && output.ends_with("2 sessions ended.\n"),
        "{output}"
    );
    eventually(async || phone.me().await.status == 401).await;
    phone.refresh().await.assert_ended(EndReason::RevokedByAdmin);
    bob.me().await.assert_ok();
    let ada = app.logged_in(ADA).await;
    assert_eq!(ada.token_response.user.roles, ["admin"]);
    app.get("/api/admin/users").bearer(ada.access_token()).await.assert_ok();
    // Sessions end even if no role changes, because an access token may still have the old roles.
    let output = run(&app, &format!("{arguments} --yes")).await.assert_success();
    assert!(output.ends_with("1 session ended.\n"), "{output}");
    assert_eq!(app.database().value("select count(*) from events where kind = 'roles_changed'").await, "1");
}

#[app_test]
async fn sessions_are_listed_and_ended(app: TestApp) {
    let app = on_todays_clock(app);
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    let bob = app.logged_in("bob@example.com").await;

    let all = run(&app, "session list").await.assert_success();
    assert_eq!(all.lines().count(), 4);
    let adas = run(&app, "session list ada@example.com").await.assert_success();
    assert!(
        adas.contains(phone.session_id()) && adas.contains(laptop.session_id()) && !adas.contains(bob.session_id())
    );

    let end = format!("session end {}", phone.session_id());
    let unconfirmed = run(&app, &end).await;
    assert_eq!(unconfirmed.status, 2, "{unconfirmed:?}");
    phone.me().await.assert_ok();
    let output = run(&app, &format!("{end} --yes")).await.assert_success();
    assert!(output.contains(phone.session_id()) && output.ends_with("1 session ended.\n"), "{output}");
    eventually(async || phone.me().await.status == 401).await;
    phone.me().await.assert_ended(EndReason::RevokedByAdmin);
    laptop.me().await.assert_ok();
    run(&app, &format!("{end} --yes")).await.assert_failure(1, "no live session");

    let output = run(&app, "session end --user ada@example.com --yes").await.assert_success();
    assert!(output.ends_with("1 session ended.\n"), "{output}");
    eventually(async || laptop.me().await.status == 401).await;
    bob.me().await.assert_ok();
}

#[app_test]
async fn wrong_usage_exits_with_2_and_missing_objects_with_1(app: TestApp) {
    for arguments in ["user", "user add", "user fly", "session end", "session end --user", "users list"] {
        assert_eq!(run(&app, arguments).await.status, 2, "{arguments}");
    }
    for arguments in
        ["user disable eve@example.com --yes", "session list eve@example.com", "user enable eve@example.com"]
    {
        run(&app, arguments).await.assert_failure(1, "eve@example.com has no account");
    }
    run(&app, "session end nothing --yes").await.assert_failure(1, "no live session");
    app.logged_in(ADA).await.log_out().await.assert_ok();
    run(&app, "session end --user ada@example.com --yes").await.assert_failure(1, "no live session");
    run(&app, "user list --database-url postgres://127.0.0.1:1/nothing").await.assert_failure(1, "database_url");
}

/// As Windows shells pipe it.
#[app_test]
async fn a_byte_order_mark_and_a_line_ending_are_not_part_of_a_password(app: TestApp) {
    let stdin = format!("\u{FEFF}{PASSWORD}\r\n");

    run_cli(app.database(), "user add ada@example.com --name Ada", &stdin).await.assert_success();

    app.log_in(ADA, PASSWORD).await.assert_ok();
}

#[tokio::test]
async fn only_the_server_creates_a_database() {
    let database = Database::sqlite_at("data/doorward.db");
    for arguments in ["user list", "session list", "keys list", "policy preview", "user add ada@example.com --name Ada"]
    {
        run_cli(&database, arguments, PASSWORD)
            .await
            .assert_failure(1, "doorward.db: does not exist; `doorward serve`");
        let in_data_dir = [("DOORWARD_DATABASE_URL", "")];
        let output = run_cli_with(&database, &in_data_dir, arguments, PASSWORD.as_bytes()).await;
        output.assert_failure(1, "./data/doorward.db: does not exist");
    }
    assert_eq!(database.folder.path().read_dir().expect("readable").count(), 0);
}

#[tokio::test]
async fn a_command_refuses_a_postgres_database_that_has_not_been_used() {
    let database = Database::postgres().await;
    run_cli(&database, "user list", "").await.assert_failure(1, "has not been used yet; `doorward serve` or");
}

/// `TOKIO_WORKER_THREADS` is read by a library, the others are not read.
#[tokio::test]
async fn the_environment_of_others_does_not_matter() {
    let database = Database::sqlite();
    let settings = [
        ("TOKIO_WORKER_THREADS", "many"),
        ("DOORWARD_PORT", "tcp://10.43.7.12:3000"),
        ("LEPTOS_SITE_ADDR", "?"),
        ("PGPORT", "x"),
    ];
    run_cli_with(&database, &settings, "config check", b"").await.assert_success();
}

#[tokio::test]
async fn completions_are_printed_for_each_shell() {
    let database = Database::sqlite();
    for shell in ["bash", "zsh", "fish"] {
        let script = run_cli(&database, &format!("completions {shell}"), "").await.assert_success();
        assert!(script.contains("doorward") && script.contains("session"), "{shell}");
    }
    assert_eq!(run_cli(&database, "completions basic", "").await.status, 2);
}
