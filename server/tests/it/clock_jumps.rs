//! The wall clock jumps forward or back.

use doorward_api::{EndReason, ErrorCode};
use test_macros::app_test;

use crate::support::{PASSWORD, TestApp};

const HOUR: i64 = 3600;

#[app_test(renewable_policies)]
async fn a_clock_set_back_extends_no_session(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "off")).await;
    let mut ada = app.logged_in("ada@example.com").await;
    let end = ada.token_response.session.expires_at.clone();
    app.shift_wall_clock(2 * HOUR);
    ada.refresh_and_store().await;

    app.shift_wall_clock(-HOUR);

    assert_eq!(ada.refresh_and_store().await.session.expires_at, end);
    ada.me().await.assert_ok();
    app.shift_wall_clock(30 * 24 * HOUR);
    ada.refresh().await.assert_ended(EndReason::Expired);
}

#[app_test(each_policy)]
async fn a_clock_set_back_revives_no_ended_session(app: TestApp) {
    app.shift_wall_clock(2 * HOUR);
    let ada = app.logged_in("ada@example.com").await;
    ada.log_out().await.assert_ok();

    app.shift_wall_clock(HOUR);
    app.drop_expired_revocations();
    app.shift_wall_clock(-HOUR);
    ada.me().await.assert_refused(ErrorCode::SessionEnded);
    ada.refresh().await.assert_ended(EndReason::LoggedOut);

    app.restart().await;
    ada.me().await.assert_refused(ErrorCode::SessionEnded);
}

#[app_test(each_policy)]
async fn sessions_survive_a_clock_that_jumps_forward_and_back(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    app.shift_wall_clock(24 * HOUR);
    let tomorrow = ada.me().await;
    if app.credential_storage().has_access_token() {
        tomorrow.assert_refused(ErrorCode::TokenExpired);
    }

    app.shift_wall_clock(-24 * HOUR);

    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

#[app_test(renewable_policies)]
async fn a_fresh_session_survives_a_clock_set_back(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    app.shift_wall_clock(-2);

    ada.refresh().await.assert_ok();
}

#[app_test(renewable_policies)]
async fn tokens_issued_after_a_clock_was_set_back_are_valid_at_once(app: TestApp) {
    let mut ada = app.logged_in("ada@example.com").await;

    app.shift_wall_clock(-HOUR);

    ada.refresh_and_store().await;
    ada.me().await.assert_ok();
}

#[app_test(renewable_policies)]
async fn dates_far_in_the_future_break_nothing(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for years in [100, 1_000, 250_000] {
        app.shift_wall_clock(years * 365 * 24 * HOUR);
        ada.refresh().await.assert_ended(EndReason::Idle);
        ada.me().await.assert_ended_or_expired();
        app.log_in("ada@example.com", PASSWORD).await.assert_ok();
        app.log_in("ada@example.com", "wrong horse battery staple").await.assert_refused(ErrorCode::InvalidCredentials);
    }
}

#[app_test(each_policy)]
async fn rate_limits_survive_a_clock_set_back(app: TestApp) {
    let wrong = "wrong horse battery staple";
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    app.log_in("ada@example.com", wrong).await.assert_refused(ErrorCode::InvalidCredentials);
    for _ in 0..10 {
        app.log_in("eve@example.com", wrong).await.assert_refused(ErrorCode::InvalidCredentials);
    }

    app.shift_wall_clock(-24 * HOUR);

    app.log_in("ada@example.com", PASSWORD).await.assert_ok();
    // The limit still holds: one attempt, as if it had just been regained.
    app.log_in("eve@example.com", wrong).await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in("eve@example.com", wrong).await.assert_refused(ErrorCode::TooManyAttempts);
}
