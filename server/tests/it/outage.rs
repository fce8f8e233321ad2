//! The database does not do its work: 503, never 401, and nobody loses a session.

use doorward_api::{EndReason, ErrorCode};
use macro_rules_attribute::apply;
use serde_json::json;

use crate::fixture::{Answer, Database, PASSWORD, TestApp};

const ADA: &str = "ada@example.com";
const NEW: &str = "another horse and another staple";

fn assert_unavailable(answer: Answer) {
    // That no cookie is touched is checked on every answer.
    let answer = answer.assert_refused(ErrorCode::Unavailable);
    assert!(answer.headers.contains_key("retry-after"));
}

#[apply(under_each_policy!)]
async fn f2_without_sessions_nobody_is_told_that_theirs_is_over(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.database().lose("sessions").await;

    if app.credential_storage().is_renewable() {
        assert_unavailable(ada.refresh().await);
    }
    assert_unavailable(ada.log_out().await);
    assert_unavailable(ada.change_password(PASSWORD, NEW).await);
    assert_unavailable(app.log_in(ADA, PASSWORD).await);
    assert_unavailable(app.register("bob@example.com", PASSWORD).await);
    let me = ada.me().await;
    if app.credential_storage().has_access_token() {
        me.assert_ok();
    } else {
        assert_unavailable(me);
    }

    app.database().bring_back("sessions").await;
    ada.refresh().await.assert_ok();
    ada.me().await.assert_ok();
    app.log_in(ADA, PASSWORD).await.assert_ok();
    app.register("bob@example.com", PASSWORD).await.assert_status(201);
}

#[apply(under_each_policy!)]
async fn f2_without_users_no_password_is_wrong(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.database().lose("users").await;

    assert_unavailable(ada.refresh().await);
    assert_unavailable(ada.account().await);
    assert_unavailable(ada.change_password(PASSWORD, NEW).await);
    assert_unavailable(app.log_in(ADA, PASSWORD).await);
    assert_unavailable(app.log_in(ADA, "wrong horse battery staple").await);
    assert_unavailable(app.register("bob@example.com", PASSWORD).await);

    app.database().bring_back("users").await;
    ada.account().await.assert_ok();
    app.log_in(ADA, PASSWORD).await.assert_ok();
}

#[apply(under_each_policy!)]
async fn f10_without_the_limits_nothing_may_be_tried(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.database().lose("attempts").await;

    assert_unavailable(app.log_in(ADA, PASSWORD).await);
    assert_unavailable(app.log_in("nobody@example.com", PASSWORD).await);
    assert_unavailable(ada.change_password(PASSWORD, NEW).await);

    app.database().bring_back("attempts").await;
    app.log_in(ADA, PASSWORD).await.assert_ok();
}

#[apply(under_each_policy!)]
async fn f1_what_cannot_be_recorded_does_not_happen(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    app.database().lose("events").await;

    assert_unavailable(app.log_in(ADA, PASSWORD).await);
    assert_unavailable(app.register("bob@example.com", PASSWORD).await);
    assert_unavailable(ada.change_password(PASSWORD, NEW).await);
    assert_unavailable(ada.log_out().await);
    let wrong = app.log_in("nobody@example.com", "wrong horse battery staple").await;
    assert_unavailable(wrong);

    app.database().bring_back("events").await;
    assert_eq!(app.database().value("select count(*) from sessions").await, "2");
    assert_eq!(app.database().value("select count(*) from users").await, "1");
    ada.refresh().await.assert_ok();
    laptop.refresh().await.assert_ok();
    app.log_in(ADA, PASSWORD).await.assert_ok();
    ada.log_out().await.assert_ok();
    ada.me().await.assert_ended(EndReason::LoggedOut);
}

#[apply(under_each_policy!)]
async fn f2_a_password_hash_that_cannot_be_read_is_no_wrong_password(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    app.database().execute("update users set password_hash = 'nonsense'").await;
    assert_unavailable(app.log_in(ADA, PASSWORD).await);
}

#[apply(under_policies_that_renew!)]
async fn f2_a_session_of_a_later_version_is_not_called_over(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.database().execute("update sessions set policy = 'stricter'").await;
    assert_unavailable(ada.refresh().await);
}

#[apply(under_each_policy!)]
async fn with_nothing_to_end_a_logout_needs_no_database(app: TestApp) {
    app.database().lose("sessions").await;
    app.post("/api/auth/logout").await.assert_status(204);
}

#[apply(on_both_databases!)]
async fn f7_bad_requests_are_refused_before_the_database_is_asked(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    for table in ["users", "sessions", "keys", "attempts", "events"] {
        app.database().lose(table).await;
    }
    let forged = ada.refresh_forgery().unsigned();
    app.post("/api/auth/refresh").cookie(&forged).await.assert_refused(ErrorCode::SessionEnded);
    app.post("/api/auth/refresh").await.assert_refused(ErrorCode::SessionMissing);
    app.post("/api/auth/login").json(&json!({"email": 1})).await.assert_refused(ErrorCode::MalformedRequest);
    app.register("nobody", PASSWORD).await.assert_wrong(&["email"]);
    app.get("/api/account").await.assert_refused(ErrorCode::TokenMissing);
    app.get("/healthz").await.assert_status(200);
}

/// Only Postgres can go away under a running server.
#[tokio::test]
async fn f2_a_server_that_is_gone_is_503_and_back_again_without_a_restart() {
    let app = TestApp::start(Database::postgres_of_its_own().await).await;
    let ada = app.logged_in(ADA).await;

    app.database().go_away().await;

    assert_unavailable(ada.refresh().await);
    assert_unavailable(ada.log_out().await);
    assert_unavailable(app.log_in(ADA, PASSWORD).await);
    assert_unavailable(app.get("/readyz").await);
    app.get("/healthz").await.assert_status(200);
    ada.me().await.assert_ok();

    app.database().come_back().await;

    ada.refresh().await.assert_ok();
    app.get("/readyz").await.assert_status(200);
}
