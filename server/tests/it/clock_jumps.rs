//! The time of day is set, forward or back (F3).

use doorward_api::{EndReason, ErrorCode};
use macro_rules_attribute::apply;

use crate::fixture::PASSWORD;

const HOUR: i64 = 3600;

#[apply(under_policies_that_renew!)]
async fn f3_an_hour_back_extends_no_session(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "off")).await;
    let mut ada = app.logged_in("ada@example.com").await;
    let end = ada.grant.session.expires_at.clone();
    app.set_clock(2 * HOUR);
    ada.renew().await;

    app.set_clock(-HOUR);

    assert_eq!(ada.renew().await.session.expires_at, end);
    ada.me().await.assert_ok();
    app.set_clock(30 * 24 * HOUR);
    ada.refresh().await.assert_ended(EndReason::Expired);
}

#[apply(under_each_policy!)]
async fn f3_an_hour_back_revives_no_session(app: TestApp) {
    app.set_clock(2 * HOUR);
    let ada = app.logged_in("ada@example.com").await;
    ada.log_out().await.assert_ok();

    app.set_clock(HOUR);
    app.state().revocations.sweep();
    app.set_clock(-HOUR);
    ada.me().await.assert_refused(ErrorCode::SessionEnded);
    ada.refresh().await.assert_ended(EndReason::LoggedOut);

    app.restart().await;
    ada.me().await.assert_refused(ErrorCode::SessionEnded);
}

#[apply(under_each_policy!)]
async fn f3_a_day_forward_and_back_costs_nobody_their_session(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    app.set_clock(24 * HOUR);
    let tomorrow = ada.me().await;
    if app.credential_storage().has_access_token() {
        tomorrow.assert_refused(ErrorCode::TokenExpired);
    }

    app.set_clock(-24 * HOUR);

    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

#[apply(under_policies_that_renew!)]
async fn f3_a_clock_that_is_set_back_does_not_log_out_who_has_just_come(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    app.set_clock(-2);

    ada.refresh().await.assert_ok();
}

#[apply(under_policies_that_renew!)]
async fn f3_a_clock_that_is_set_back_issues_tokens_that_are_good_at_once(app: TestApp) {
    let mut ada = app.logged_in("ada@example.com").await;

    app.set_clock(-HOUR);

    ada.renew().await;
    ada.me().await.assert_ok();
}

#[apply(under_policies_that_renew!)]
async fn f3_nothing_breaks_at_the_ends_of_time(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for years in [100, 1_000, 250_000] {
        app.set_clock(years * 365 * 24 * HOUR);
        ada.refresh().await.assert_ended(EndReason::Idle);
        ada.me().await.assert_over();
        app.log_in("ada@example.com", PASSWORD).await.assert_ok();
        app.log_in("ada@example.com", "wrong horse battery staple").await.assert_refused(ErrorCode::InvalidCredentials);
    }
}

#[apply(under_each_policy!)]
async fn f3_nobody_is_locked_out_until_the_clock_catches_up(app: TestApp) {
    let wrong = "wrong horse battery staple";
    app.register("ada@example.com", PASSWORD).await.assert_ok();
    app.log_in("ada@example.com", wrong).await.assert_refused(ErrorCode::InvalidCredentials);
    for _ in 0..10 {
        app.log_in("eve@example.com", wrong).await.assert_refused(ErrorCode::InvalidCredentials);
    }

    app.set_clock(-24 * HOUR);

    app.log_in("ada@example.com", PASSWORD).await.assert_ok();
    // Nor is the limit gone: one try, as if it had just come back.
    app.log_in("eve@example.com", wrong).await.assert_refused(ErrorCode::InvalidCredentials);
    app.log_in("eve@example.com", wrong).await.assert_refused(ErrorCode::TooManyAttempts);
}
