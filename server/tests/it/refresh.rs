//! `POST /api/auth/refresh`.

use doorward_api::{EndReason, ErrorCode};
use futures::future::join_all;
use test_macros::app_test;

use crate::support::TestApp;

const MINUTE: u64 = 60;

#[app_test(each_policy)]
async fn a_refresh_without_a_credential_is_refused(app: TestApp) {
    app.post("/api/auth/refresh").await.assert_refused(ErrorCode::SessionMissing);
    app.post("/api/auth/refresh").header("cookie", "theme=dark").await.assert_refused(ErrorCode::SessionMissing);
    app.post("/api/auth/refresh").header("cookie", "refresh=x").await.assert_refused(ErrorCode::SessionMissing);
}

#[app_test(policies_with_refresh_tokens)]
async fn a_refresh_returns_a_new_access_token(app: TestApp) {
    let mut ada = app.logged_in("ada@example.com").await;
    let old = ada.access_forgery();
    app.advance(5 * MINUTE);
    ada.me().await.assert_refused(ErrorCode::TokenExpired);

    let token_response = ada.refresh_and_store().await;

    ada.me().await.assert_ok();
    let new = ada.access_forgery();
    assert_eq!(token_response.expires_in, Some(300));
    assert_ne!(old.claims["jti"], new.claims["jti"]);
    assert_eq!(old.claims["sid"], new.claims["sid"]);
    assert_eq!(old.claims["auth_time"], new.claims["auth_time"], "a refresh is no login");
    assert_eq!(token_response.session.last_used_at.as_str(), "2026-01-01T00:05:00Z");
    assert!(token_response.session.current);
}

#[app_test(renewable_policies)]
async fn concurrent_refreshes_all_succeed(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for response in join_all((0..40).map(|_| ada.refresh())).await {
        response.assert_status(200);
    }
    ada.refresh().await.assert_ok();
}

#[app_test(renewable_policies)]
async fn a_refresh_returns_the_current_name_and_roles(app: TestApp) {
    let mut ada = app.logged_in("ada@example.com").await;
    app.database().execute("update users set name = 'Countess', roles = 'admin editor'").await;

    let token_response = ada.refresh_and_store().await;

    assert_eq!(token_response.user.name, "Countess");
    assert_eq!(ada.me().await.assert_ok().json()["roles"], serde_json::json!(["admin", "editor"]));
}

#[app_test(renewable_policies)]
async fn an_ended_session_gives_its_reason_and_a_deleted_one_none(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    app.database().execute("update sessions set ended_at = 1, end_reason = 'revoked_by_admin'").await;
    ada.refresh().await.assert_ended(EndReason::RevokedByAdmin);

    app.database().execute("update sessions set end_reason = 'a reason of tomorrow'").await;
    ada.refresh().await.assert_ended(EndReason::Unknown);

    app.database().execute("delete from sessions").await;
    ada.refresh().await.assert_ended(EndReason::Unknown);
}
