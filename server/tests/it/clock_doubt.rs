//! A clock that is wrong for a while, also at a start: nothing ends or is deleted for good, nothing lives too long.

use doorward_api::{EndReason, ErrorCode};
use test_macros::app_test;

use crate::support::{PASSWORD, TestApp};

const ADA: &str = "ada@example.com";
const MINUTE: u64 = 60;
const DAY: i64 = 24 * 3600;

#[app_test(renewable_policies)]
async fn a_clock_that_is_fast_for_a_moment_ends_no_session(app: TestApp) {
    let (ada, idle) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
    for days in [15, 30, 400, 100_000] {
        app.shift_wall_clock(days * DAY);
        let reason = if days < 30 { EndReason::Idle } else { EndReason::Expired };
        ada.refresh().await.assert_status(401);
        let end = ada.refresh().await.assert_status(401).problem();
        assert!([Some(EndReason::Idle), Some(reason)].contains(&end.reason), "{days}: {end:?}");
        app.clean_up().await;
        app.end_shortened_sessions().await;
        app.follow_clock().await;

        app.shift_wall_clock(-days * DAY);
        app.follow_clock().await;

        ada.refresh().await.assert_ok();
        idle.me().await.assert_ok();
        assert_eq!(ada.sessions().await.len(), 2);
    }
    assert_eq!(app.database().value("select count(*) from sessions where ended_at is null").await, "2");
}

#[app_test(renewable_policies)]
async fn a_start_with_a_wrong_clock_ends_and_deletes_nothing(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.log_in(ADA, "wrong horse battery staple").await.assert_refused(ErrorCode::InvalidCredentials);
    ada.refresh().await.assert_ok();
    app.clean_up().await;
    let before = app.database().contents().await;
    for days in [1, 15, 365, -1, -2000] {
        app.shift_wall_clock(days * DAY);
        app.restart().await;
        for _ in 0..2 {
            app.follow_clock().await;
            app.end_shortened_sessions().await;
            app.clean_up().await;
            app.advance(60);
        }
        ada.refresh().await;

        app.shift_wall_clock(-days * DAY - 120);
        app.follow_clock().await;
        app.clean_up().await;

        assert_eq!(app.database().contents().await, before, "{days}");
        app.restart().await;
        ada.refresh().await.assert_ok();
        ada.me().await.assert_ok();
    }
}

#[app_test(renewable_policies)]
async fn a_clock_that_stays_is_believed_after_an_hour(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.shift_wall_clock(15 * DAY);
    app.clean_up().await;
    app.advance(59 * MINUTE);
    app.clean_up().await;
    ada.refresh().await.assert_ended(EndReason::Idle);
    assert_eq!(app.database().value("select count(*) from sessions where ended_at is null").await, "1");

    app.advance(MINUTE);
    app.clean_up().await;

    assert_eq!(app.database().value("select end_reason from sessions").await, "idle");
    app.shift_wall_clock(-15 * DAY);
    ada.refresh().await.assert_ended(EndReason::Idle);
}

/// While the clock is in doubt, what lies entirely after the jump is certain.
#[app_test(renewable_policies)]
async fn a_session_from_after_a_jump_ends_in_time(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "5m")).await;
    let before = app.logged_in(ADA).await;
    app.shift_wall_clock(DAY);
    app.clean_up().await;
    app.advance(1);
    let after = app.logged_in(ADA).await;
    app.advance(10 * MINUTE);

    after.refresh().await.assert_ended(EndReason::Idle);
    before.refresh().await.assert_ended(EndReason::Idle);

    let ended = "select session_id from sessions where ended_at is not null";
    assert_eq!(app.database().value(ended).await, after.session_id());
}

#[app_test(renewable_policies)]
async fn a_session_from_the_future_lives_no_longer_than_others(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "off")).await;
    app.shift_wall_clock(30 * DAY);
    let mut ada = app.logged_in(ADA).await;
    app.shift_wall_clock(-30 * DAY);
    assert_eq!(
        ada.refresh_and_store().await.session.expires_at.as_str(),
        "2026-01-31T00:00:00Z",
        "as soon as it is read"
    );

    app.follow_clock().await;

    app.advance(29 * 24 * 3600);
    assert_eq!(ada.refresh_and_store().await.session.expires_at.as_str(), "2026-01-31T00:00:00Z");
    app.advance(24 * 3600);
    ada.refresh().await.assert_ended(EndReason::Expired);
}

#[app_test(renewable_policies)]
async fn a_use_in_the_future_extends_no_idle_timeout(app: TestApp) {
    for seconds in [15, DAY] {
        app.restart_with(|settings| settings.set("session_idle", "20s")).await;
        let (used, mut also_used) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
        app.shift_wall_clock(seconds);
        if seconds < 20 {
            used.refresh().await.assert_ok();
            also_used.refresh_and_store().await;
            app.flush_last_used().await;
        }
        app.shift_wall_clock(-seconds);
        app.follow_clock().await;

        app.advance(10);
        also_used.refresh_and_store().await;
        app.flush_last_used().await;
        app.advance(11 + app.touch_interval(20));

        used.refresh().await.assert_ended(EndReason::Idle);
        also_used.refresh().await.assert_ok();
        app.advance(60);
    }
}

#[app_test(renewable_policies)]
async fn what_had_expired_before_the_clock_was_set_back_stays_over(app: TestApp) {
    app.restart_with(|settings| {
        settings.set("session_lifetime", "2h");
        settings.set("session_idle", "1h");
    })
    .await;
    let idle = app.logged_in(ADA).await;
    let mut expired = app.logged_in(ADA).await;
    for _ in 0..3 {
        app.advance(40 * MINUTE - 1);
        expired.refresh_and_store().await;
    }
    app.flush_last_used().await;
    app.advance(6);
    app.store_trusted_time().await;
    app.shift_wall_clock(-6 * 3600);

    app.restart().await;
    app.follow_clock().await;

    idle.refresh().await.assert_ended(EndReason::Idle);
    expired.refresh().await.assert_ended(EndReason::Expired);
}

#[app_test(renewable_policies)]
async fn a_stricter_policy_under_a_wrong_clock_ends_no_session(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.shift_wall_clock(20 * DAY);

    app.restart_with(|settings| settings.set("session_lifetime", "10d")).await;
    app.migrate_policies().await;
    ada.refresh().await.assert_status(401);

    app.shift_wall_clock(-20 * DAY);
    app.follow_clock().await;
    let response = ada.refresh().await.assert_status(200).json();
    assert_eq!(response["session"]["expires_at"], "2026-01-11T00:00:00Z");
}

/// The browser's cookie has expired by the clock of the moment, but not by the right one.
#[app_test(policies_with_cookies)]
async fn a_logout_while_the_clock_is_fast_ends_the_session(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.shift_wall_clock(31 * DAY);
    app.post("/api/auth/logout").with_cookie_of(&ada).await.assert_status(204);

    app.shift_wall_clock(-31 * DAY);

    ada.refresh().await.assert_ended(EndReason::LoggedOut);
}

#[app_test(renewable_policies)]
async fn a_rate_limit_outlives_a_start_with_a_fast_clock(app: TestApp) {
    app.register(ADA, PASSWORD).await.assert_ok();
    for _ in 0..10 {
        app.log_in(ADA, "wrong horse battery staple").await.assert_refused(ErrorCode::InvalidCredentials);
    }
    let failures = "select failures from attempts";
    let before = app.database().value(failures).await;
    app.shift_wall_clock(365 * DAY);
    app.restart().await;
    app.clean_up().await;
    app.shift_wall_clock(-365 * DAY);

    assert_eq!(app.database().value(failures).await, before);
    app.log_in(ADA, "wrong horse battery staple").await.assert_refused(ErrorCode::TooManyAttempts);
}

#[app_test]
async fn an_event_from_the_future_does_not_stay_the_newest(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.shift_wall_clock(30 * DAY);
    app.log_in(ADA, "wrong horse battery staple").await.assert_refused(ErrorCode::InvalidCredentials);
    app.shift_wall_clock(-30 * DAY);
    app.follow_clock().await;
    app.advance(60);
    app.logged_in(ADA).await;

    let activity: doorward_api::Activity = ada.get("/api/activity").await.assert_status(200).parse();
    let newest: Vec<_> = activity.events.iter().map(|event| event.kind).take(2).collect();
    assert_eq!(newest, [doorward_api::EventKind::LoggedIn, doorward_api::EventKind::LoginFailed]);
}
