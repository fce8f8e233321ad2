//! The database fails: responses are 503, never 401, and no session is lost.

use doorward_api::{EndReason, ErrorCode};
use serde_json::json;
use test_macros::app_test;

use crate::support::{Database, PASSWORD, Response, TestApp};

const ADA: &str = "ada@example.com";
const NEW_PASSWORD: &str = "another horse and another staple";

fn assert_unavailable(response: Response) {
    // Every response is checked to set no unexpected cookie.
    let response = response.assert_refused(ErrorCode::Unavailable);
    assert!(response.headers.contains_key("retry-after"));
}

#[app_test(each_policy)]
async fn a_failing_sessions_table_ends_no_session(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.database().break_table("sessions").await;

    if app.credential_storage().is_renewable() {
        assert_unavailable(ada.refresh().await);
    }
    assert_unavailable(ada.log_out().await);
    assert_unavailable(ada.change_password(PASSWORD, NEW_PASSWORD).await);
    assert_unavailable(app.log_in(ADA, PASSWORD).await);
    assert_unavailable(app.register("bob@example.com", PASSWORD).await);
    let me = ada.me().await;
    if app.credential_storage().has_access_token() {
        me.assert_ok();
    } else {
        assert_unavailable(me);
    }

    app.database().repair_table("sessions").await;
    ada.refresh().await.assert_ok();
    ada.me().await.assert_ok();
    app.log_in(ADA, PASSWORD).await.assert_ok();
    app.register("bob@example.com", PASSWORD).await.assert_status(201);
}

#[app_test(each_policy)]
async fn a_failing_users_table_makes_no_password_wrong(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.database().break_table("users").await;

    assert_unavailable(ada.refresh().await);
    assert_unavailable(ada.account().await);
    assert_unavailable(ada.change_password(PASSWORD, NEW_PASSWORD).await);
    assert_unavailable(app.log_in(ADA, PASSWORD).await);
    assert_unavailable(app.log_in(ADA, "wrong horse battery staple").await);
    assert_unavailable(app.register("bob@example.com", PASSWORD).await);

    app.database().repair_table("users").await;
    ada.account().await.assert_ok();
    app.log_in(ADA, PASSWORD).await.assert_ok();
}

#[app_test(each_policy)]
async fn a_failing_rate_limit_table_refuses_every_attempt(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.database().break_table("attempts").await;

    assert_unavailable(app.log_in(ADA, PASSWORD).await);
    assert_unavailable(app.log_in("nobody@example.com", PASSWORD).await);
    assert_unavailable(ada.change_password(PASSWORD, NEW_PASSWORD).await);

    app.database().repair_table("attempts").await;
    app.log_in(ADA, PASSWORD).await.assert_ok();
}

#[app_test(each_policy)]
async fn nothing_happens_without_its_audit_event(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    app.database().break_table("events").await;

    assert_unavailable(app.log_in(ADA, PASSWORD).await);
    assert_unavailable(app.register("bob@example.com", PASSWORD).await);
    assert_unavailable(ada.change_password(PASSWORD, NEW_PASSWORD).await);
    assert_unavailable(ada.log_out().await);
    let wrong = app.log_in("nobody@example.com", "wrong horse battery staple").await;
    assert_unavailable(wrong);

    app.database().repair_table("events").await;
    assert_eq!(app.database().value("select count(*) from sessions").await, "2");
    assert_eq!(app.database().value("select count(*) from users").await, "1");
    ada.refresh().await.assert_ok();
    laptop.refresh().await.assert_ok();
    app.log_in(ADA, PASSWORD).await.assert_ok();
    ada.log_out().await.assert_ok();
    ada.me().await.assert_ended(EndReason::LoggedOut);
}

#[app_test(each_policy)]
async fn an_unreadable_password_hash_is_an_outage_and_no_wrong_password(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    app.database().execute("update users set password_hash = 'nonsense'").await;
    assert_unavailable(app.log_in(ADA, PASSWORD).await);
}

#[app_test(renewable_policies)]
async fn a_session_with_an_unknown_policy_is_an_outage_and_does_not_end(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.database().execute("update sessions set policy = 'stricter'").await;
    assert_unavailable(ada.refresh().await);
}

#[app_test(each_policy)]
async fn a_logout_without_credentials_needs_no_database(app: TestApp) {
    app.database().break_table("sessions").await;
    app.post("/api/auth/logout").await.assert_status(204);
}

#[app_test]
async fn invalid_requests_are_refused_before_any_query(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    for table in ["users", "sessions", "keys", "attempts", "events"] {
        app.database().break_table(table).await;
    }
    let forged = ada.refresh_forgery().unsigned();
    app.post("/api/auth/refresh").refresh_cookie(&forged).await.assert_refused(ErrorCode::SessionEnded);
    app.post("/api/auth/refresh").await.assert_refused(ErrorCode::SessionMissing);
    app.post("/api/auth/login").json(&json!({"email": 1})).await.assert_refused(ErrorCode::MalformedRequest);
    app.register("nobody", PASSWORD).await.assert_invalid_fields(&["email"]);
    app.get("/api/account").await.assert_refused(ErrorCode::TokenMissing);
    app.get("/healthz").await.assert_status(200);
}

/// Only Postgres can disappear while the server runs.
#[tokio::test]
async fn a_lost_connection_is_503_and_recovers_without_a_restart() {
    let app = TestApp::start(Database::dedicated_postgres().await).await;
    let ada = app.logged_in(ADA).await;

    app.database().disconnect().await;

    assert_unavailable(ada.refresh().await);
    assert_unavailable(ada.log_out().await);
    assert_unavailable(app.log_in(ADA, PASSWORD).await);
    assert_unavailable(app.get("/readyz").await);
    app.get("/healthz").await.assert_status(200);
    ada.me().await.assert_ok();

    app.database().reconnect().await;

    ada.refresh().await.assert_ok();
    // Readiness checks the database once a second at most.
    app.advance(1);
    app.get("/readyz").await.assert_status(200);
}
