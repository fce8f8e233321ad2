//! Refusals of security controls and acts of operators leave a trace: a counter, a log line, an audit event.

use doorward_api::{EndReason, ErrorCode, EventKind};
use serde_json::{Value, json};
use test_macros::app_test;

use crate::support::{
    Database, MASTER_SECRET, PASSWORD, ServerProcess, TestApp, eventually, metric, run_cli, run_cli_with,
};

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

#[app_test]
async fn invalid_requests_are_counted_by_what_is_wrong_with_them(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let log_in = || app.post("/api/auth/login");
    log_in().raw_json("{").await.assert_refused(ErrorCode::MalformedRequest);
    log_in().raw_json("[]").await.assert_refused(ErrorCode::MalformedRequest);
    app.get("/api/me").without_header("host").await.assert_refused(ErrorCode::MalformedRequest);
    log_in().json(&json!({"email": ADA, "password": PASSWORD, "x": 1})).await.assert_refused(ErrorCode::InvalidInput);
    ada.post("/api/fn/change_name").json(&json!({"name": ""})).await.assert_refused(ErrorCode::InvalidInput);
    app.register("no address", "short").await.assert_refused(ErrorCode::InvalidInput);
    log_in().raw_json(vec![b' '; 16 * 1024 + 1]).await.assert_refused(ErrorCode::TooLarge);
    app.get(&format!("/{}", "x".repeat(8 * 1024))).await.assert_status(414);
    log_in().header("content-type", "text/plain").body("x").await.assert_refused(ErrorCode::UnsupportedMediaType);

    for (reason, value) in
        [("malformed_request", "3"), ("invalid_input", "3"), ("too_large", "2"), ("unsupported_media_type", "1")]
    {
        assert_eq!(refused(&app, reason).await, value, "{reason}");
    }
}

#[app_test(server_session)]
async fn unknown_and_malformed_session_cookies_count_as_refusals(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.get("/api/me").session_cookie("malformed").await.assert_ended(EndReason::Unknown);
    app.get("/api/me").session_cookie(&"0".repeat(64)).await.assert_ended(EndReason::Unknown);
    app.post("/api/auth/refresh").session_cookie("malformed").await.assert_ended(EndReason::Unknown);
    app.post("/api/auth/refresh").session_cookie(&"0".repeat(64)).await.assert_ended(EndReason::Unknown);
    assert_eq!(refused(&app, "credential_invalid").await, "4");

    ada.log_out().await.assert_status(204);
    ada.me().await.assert_ended(EndReason::LoggedOut);
    assert_eq!(refused(&app, "credential_invalid").await, "4", "the cookie of an ended session is no attack");
}

#[app_test(policies_with_refresh_tokens)]
async fn unknown_and_malformed_refresh_tokens_count_as_refusals(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.refresh_with("malformed").await.assert_ended(EndReason::Unknown);
    let unknown = ada.refresh_forgery().claim("jti", json!("0".repeat(64))).signed_as_refresh_token(&app);
    app.refresh_with(&unknown).await.assert_ended(EndReason::Unknown);
    assert_eq!(refused(&app, "credential_invalid").await, "2");

    ada.log_out().await.assert_status(204);
    ada.refresh().await.assert_ended(EndReason::LoggedOut);
    assert_eq!(refused(&app, "credential_invalid").await, "2", "the token of an ended session is no attack");
}

#[tokio::test]
async fn the_log_has_one_line_per_minute_and_reason_with_the_address_of_the_client() {
    let database = Database::sqlite();
    for level in ["info", "warn"] {
        let settings =
            [("DOORWARD_LOG_FORMAT", "json"), ("DOORWARD_LOG", level), ("DOORWARD_TRUSTED_PROXIES", "127.0.0.0/8")];
        let mut server = ServerProcess::start_with(&database, &settings).await;
        for _ in 0..50 {
            let headers = "x-forwarded-for: 203.0.113.9\r\nauthorization: Bearer none.of.ours\r\n";
            assert_eq!(server.send("GET", "/api/me", headers, "").await.expect("a response").0, 401);
            let headers = "x-forwarded-for: 2001:db8::9\r\n";
            assert_eq!(server.send("POST", "/api/auth/login", headers, "{").await.expect("a response").0, 400);
        }
        server.signal("-TERM").await;
        let log = server.log().await;

        let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let refusal =
            |line: &Value| Some((line["fields"]["reason"].as_str()?.into(), line["span"]["ip"].as_str()?.into()));
        let refusals: Vec<(String, String)> = lines.iter().filter_map(refusal).collect();
        let forged = ("token_invalid".into(), "203.0.113.9".into());
        let malformed = ("malformed_request".into(), "2001:db8::9".into());
        let expected = if level == "info" { vec![forged, malformed] } else { vec![forged] };
        assert_eq!(refusals, expected, "{log}");
        assert!(!log.contains("none.of.ours"), "{log}");
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
