//! Refusals of security controls and acts of operators leave a trace: a counter, a log line, an audit event.

use doorward_api::{ErrorCode, EventKind};
use test_macros::app_test;

use crate::support::{MASTER_SECRET, PASSWORD, TestApp, eventually, metric, run_cli, run_cli_with};

const ADA: &str = "ada@example.com";
const WRONG: &str = "wrong horse battery staple";
const NEW_PASSWORD: &str = "another horse and another staple";

async fn refused(app: &TestApp, reason: &str) -> String {
    metric(app, &format!("doorward_refusals_total{{reason=\"{reason}\"}}")).await
}

async fn recorded(app: &TestApp, kind: EventKind) -> String {
    let count = format!("select count(*) from events where kind = '{}' and user_id is not null", kind.name());
    app.database().value(&count).await
}

#[app_test]
async fn refusals_are_counted_by_the_control_that_refused(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    ada.get("/api/admin/users").await.assert_refused(ErrorCode::Forbidden);
    ada.post("/api/account/password")
        .header("sec-fetch-site", "cross-site")
        .await
        .assert_refused(ErrorCode::CrossSiteRequest);
    app.get("/api/me").bearer("none.of.ours").await.assert_refused(ErrorCode::TokenInvalid);
    app.refresh_with("none.of.ours").await.assert_refused(ErrorCode::SessionEnded);
    ada.change_password(WRONG, NEW_PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    let mut wrong_passwords = 1;
    while app.log_in(ADA, WRONG).await.status != 429 {
        wrong_passwords += 1;
    }
    let wrong_passwords = wrong_passwords.to_string();

    for (reason, value) in [
        ("forbidden", "1"),
        ("cross_site_request", "1"),
        ("token_invalid", "1"),
        ("credential_invalid", "1"),
        ("invalid_credentials", &wrong_passwords),
        ("too_many_attempts", "1"),
    ] {
        assert_eq!(refused(&app, reason).await, value, "{reason}");
    }
}

#[app_test(each_policy)]
async fn a_wrong_current_password_is_an_event_of_the_account(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    ada.change_password(WRONG, NEW_PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    assert_eq!(recorded(&app, EventKind::PasswordChangeFailed).await, "1");
}

#[app_test]
async fn a_reached_rate_limit_is_one_event_per_hour(app: TestApp) {
    app.logged_in(ADA).await;
    for _ in 0..20 {
        app.log_in(ADA, WRONG).await;
        app.log_in("nobody@example.com", WRONG).await;
    }
    eventually(async || recorded(&app, EventKind::TooManyAttempts).await == "1").await;

    app.advance(3601);
    for _ in 0..20 {
        app.log_in(ADA, WRONG).await;
    }
    eventually(async || recorded(&app, EventKind::TooManyAttempts).await == "2").await;
}

#[app_test]
async fn a_missing_role_is_one_event_per_hour(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    for _ in 0..5 {
        ada.get("/api/admin/users").await.assert_refused(ErrorCode::Forbidden);
    }
    assert_eq!(recorded(&app, EventKind::AccessDenied).await, "1");
}

#[app_test]
async fn the_operator_reads_the_events_of_one_account_or_of_all(app: TestApp) {
    app.set_wall_clock_to_now();
    let ada = app.logged_in(ADA).await;
    ada.change_password(WRONG, NEW_PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in("nobody@example.com", PASSWORD).await.assert_refused(ErrorCode::InvalidCredentials);
    let secret = [("DOORWARD_SECRET", MASTER_SECRET)];
    run_cli_with(app.database(), &secret, "keys rotate --yes", b"").await.assert_success();
    run_cli(app.database(), "user role ada@example.com --add editor", "").await.assert_success();

    let kinds = |table: &str| {
        let kind = |line: &str| line.split_whitespace().nth(1).map(str::to_owned);
        let mut kinds: Vec<String> = table.lines().skip(1).filter_map(kind).collect();
        kinds.sort();
        kinds
    };
    let of_ada = run_cli(app.database(), "events list ada@example.com", "").await.assert_success();
    assert_eq!(kinds(&of_ada), ["logged_in", "password_change_failed", "registered", "roles_changed"]);
    let all = kinds(&run_cli(app.database(), "events list", "").await.assert_success());
    assert!(all.contains(&"keys_rotated".into()) && all.contains(&"login_failed".into()), "{all:?}");
    let json = run_cli(app.database(), "events list --json --limit 1", "").await.assert_success();
    let event: serde_json::Value = serde_json::from_str(json.trim()).expect("one object");
    assert_eq!((event["kind"].as_str(), event["email"].as_str()), (Some("roles_changed"), Some(ADA)));
    run_cli(app.database(), "events list bob@example.com", "").await.assert_failure(1, "has no account");
}
