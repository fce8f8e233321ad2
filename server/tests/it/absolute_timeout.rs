//! The absolute timeout: a session ends at the moment that was fixed at its login.

use doorward_api::{EndReason, ErrorCode};
use test_macros::app_test;

use crate::support::TestApp;

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

#[app_test(renewable_policies)]
async fn no_refresh_extends_the_session(app: TestApp) {
    let mut ada = app.logged_in("ada@example.com").await;
    let end = ada.token_response.session.expires_at.clone();
    let stored = app.database().value("select expires_at from sessions").await;

    for _ in 0..29 {
        app.advance(DAY);
        // Every response is checked to set no unexpected cookie.
        assert_eq!(ada.refresh_and_store().await.session.expires_at, end);
        ada.me().await.assert_ok();
    }
    assert_eq!(app.database().value("select expires_at from sessions").await, stored);

    app.advance(DAY);
    ada.refresh().await.assert_ended(EndReason::Expired);
    ada.me().await.assert_ended_or_expired();
}

#[app_test(policies_with_refresh_tokens)]
async fn the_last_access_token_expires_with_the_session(app: TestApp) {
    let mut ada = app.logged_in("ada@example.com").await;
    for days in [13, 13, 3] {
        app.advance(days * DAY);
        ada.refresh_and_store().await;
    }
    app.advance(DAY - 100);

    let token_response = ada.refresh_and_store().await;

    assert_eq!(token_response.expires_in, Some(100));
    assert_eq!(ada.access_forgery().claims["exp"], ada.refresh_forgery().claims["exp"]);
    app.advance(99);
    assert_eq!(ada.refresh_and_store().await.expires_in, Some(1));
    ada.me().await.assert_ok();
    app.advance(1);
    ada.me().await.assert_refused(ErrorCode::TokenExpired);
    ada.refresh().await.assert_ended(EndReason::Expired);
}

#[app_test(renewable_policies)]
async fn the_absolute_timeout_is_fixed_at_login(app: TestApp) {
    app.restart_with(|settings| settings.set("session_lifetime", "1h")).await;
    let ada = app.logged_in("ada@example.com").await;

    app.restart_with(|settings| settings.set("session_lifetime", "30d")).await;

    app.advance(60 * MINUTE);
    ada.refresh().await.assert_ended(EndReason::Expired);
}
