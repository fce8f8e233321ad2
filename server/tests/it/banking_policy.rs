//! The policy `banking`: a session is one access token, which nothing renews.

use doorward_api::{EndReason, ErrorCode, PolicyName};
use futures::future::{join, join3};
use serde_json::json;
use test_macros::app_test;

use crate::support::{Database, Forgery, PASSWORD, TestApp, eventually};

const ADA: &str = "ada@example.com";
const MINUTE: u64 = 60;

#[app_test(banking)]
async fn the_session_ends_with_its_access_token(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    assert_eq!(ada.token_response.expires_in, Some(900));
    assert_eq!(ada.token_response.session.expires_at.as_str(), "2026-01-01T00:15:00Z");
    assert_eq!(ada.access_forgery().claims["exp"], app.unix_time() + 900);

    app.advance(15 * MINUTE - 1);
    ada.me().await.assert_ok();
    ada.account().await.assert_ok();
    assert_eq!(ada.sessions().await.len(), 1);

    app.advance(1);

    for response in [ada.me().await, ada.account().await, ada.log_out_everywhere().await] {
        response.assert_refused(ErrorCode::TokenExpired);
    }
    assert_eq!(app.logged_in(ADA).await.sessions().await.len(), 1, "the expired one is not listed");
    app.advance(2 * MINUTE);
    app.clean_up().await;
    let ends = "select s.end_reason, s.ended_at - s.created_at from sessions s where s.ended_at is not null";
    assert_eq!(app.database().rows(ends).await, [["expired", "900000"]]);
}

#[app_test(banking)]
async fn no_request_extends_the_session(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    for _ in 0..14 {
        app.advance(MINUTE);
        ada.account().await.assert_ok();
        assert_eq!(ada.sessions().await[0].expires_at, ada.token_response.session.expires_at);
    }
    app.advance(MINUTE);
    ada.account().await.assert_refused(ErrorCode::TokenExpired);
}

#[app_test(banking)]
async fn there_is_no_refresh_credential(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let refresh = || app.post("/api/auth/refresh");
    // Well signed, for a live session; but the server never issued it.
    let unissued =
        Forgery::refresh_token_of_no_session(&app).claim("sid", json!(ada.session_id())).signed_as_refresh_token(&app);

    for request in [refresh(), refresh().json(&json!({})), refresh().authorized_by(&ada), ada.post("/api/auth/refresh")]
    {
        request.await.assert_refused(ErrorCode::SessionMissing);
    }
    for token in [ada.access_token(), &unissued, "", "null"] {
        refresh().refresh_cookie(token).await.assert_ended(EndReason::Unknown);
        refresh().session_cookie(token).await.assert_ended(EndReason::Unknown);
        refresh().with_refresh_token(token).await.assert_ended(EndReason::Unknown);
    }

    app.post("/api/auth/logout").refresh_cookie(&unissued).await.assert_status(204);
    app.post("/api/auth/logout").with_refresh_token(&unissued).await.assert_status(204);
    ada.account().await.assert_ok();
    assert_eq!(app.database().value("select count(*) from sessions where token_hash is not null").await, "0");
}

#[app_test(banking)]
async fn the_access_token_logs_out(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.post("/api/auth/logout").json(&json!({})).await.assert_status(204);
    ada.me().await.assert_ok();

    app.post("/api/auth/logout").bearer(ada.access_token()).await.assert_status(204);

    ada.me().await.assert_ended(EndReason::LoggedOut);
    app.advance(16 * MINUTE);
    ada.log_out().await.assert_status(204);
}

#[app_test(banking)]
async fn a_login_in_another_tab_replaces_no_session(app: TestApp) {
    let first = app.logged_in(ADA).await;
    let second = first.log_in_again().await;
    first.me().await.assert_ok();
    second.me().await.assert_ok();
    assert_ne!(first.session_id(), second.session_id());
}

#[app_test(banking)]
async fn a_shorter_access_token_lifetime_shortens_the_session(app: TestApp) {
    for (lifetime, seconds) in [("5m", 300), ("5s", 5)] {
        app.restart_with(|settings| settings.set("access_token_lifetime", lifetime)).await;
        let ada = app.logged_in(ADA).await;
        assert_eq!(ada.token_response.expires_in, Some(seconds));
        app.advance(seconds.unsigned_abs());
        ada.me().await.assert_refused(ErrorCode::TokenExpired);
        let stored = "select max(expires_at - created_at) from sessions where created_at = (select max(created_at) from sessions)";
        assert_eq!(app.database().value(stored).await, (seconds * 1000).to_string());
    }
}

#[app_test(banking)]
async fn settings_that_would_outlive_the_access_token_are_refused_at_startup(app: TestApp) {
    let lifetime = app.try_restart_with(|settings| settings.set("session_lifetime", "16m")).await;
    assert!(lifetime.expect_err("refused").starts_with("session_lifetime: "));
    let idle = app.try_restart_with(|settings| settings.set("session_idle", "5m")).await;
    assert!(idle.expect_err("refused").starts_with("session_idle: "));
    app.restart_with(|settings| settings.set("session_lifetime", "5m")).await;
    assert_eq!(app.logged_in(ADA).await.token_response.expires_in, Some(300));
}

#[app_test]
async fn session_settings_of_other_policies_do_not_apply(app: TestApp) {
    app.restart_with(|settings| {
        settings.set("policy_for_role.teller", "banking");
        settings.set("session_lifetime", "30d");
        settings.set("session_idle", "5m");
    })
    .await;
    app.register(ADA, PASSWORD).await.assert_ok();
    app.database().execute("update users set roles = 'teller'").await;

    let ada = app.logged_in(ADA).await;

    assert_eq!((ada.token_response.session.policy, ada.token_response.expires_in), (PolicyName::Banking, Some(900)));
    app.advance(14 * MINUTE);
    ada.account().await.assert_ok();
}

#[app_test(banking)]
async fn the_access_token_is_rejected_once_a_revocation_has_returned(app: TestApp) {
    let laptop = app.logged_in(ADA).await;
    let other = app.another_node().await.with_revocation_sync();
    for _ in 0..50 {
        let phone = app.logged_in(ADA).await;
        let phone_on_other = phone.on_node(&other);
        let requests = join3(phone.me(), phone.account(), phone_on_other.me());

        let (revoked, (me, account, me_on_other)) = join(laptop.revoke(&phone), requests).await;

        revoked.assert_status(204);
        phone.me().await.assert_ended(EndReason::Revoked);
        for response in [me, account, me_on_other].into_iter().filter(|response| response.status != 200) {
            response.assert_ended(EndReason::Revoked);
        }
        eventually(async || phone_on_other.me().await.status == 401).await;
    }
}

#[tokio::test]
async fn the_access_token_is_accepted_while_the_database_is_down() {
    let app = TestApp::start_under(PolicyName::Banking, Database::dedicated_postgres().await).await;
    let ada = app.logged_in(ADA).await;

    app.database().disconnect().await;
    ada.me().await.assert_ok();
    ada.account().await.assert_refused(ErrorCode::Unavailable);
    ada.log_out().await.assert_refused(ErrorCode::Unavailable);

    app.database().reconnect().await;
    ada.account().await.assert_ok();
    ada.log_out().await.assert_status(204);
}
