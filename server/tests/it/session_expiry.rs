//! Expired sessions are recorded once, as of the moment at which the timeout passed.

use doorward_api::{Activity, EndReason, EventKind};
use futures::future::join3;
use test_macros::app_test;

use crate::support::{Browser, TestApp, metric};

const ADA: &str = "ada@example.com";
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

async fn configure_timeouts(app: &TestApp, lifetime: &str, idle: &str) {
    app.restart_with(|settings| {
        settings.set("session_lifetime", lifetime);
        settings.set("session_idle", idle);
    })
    .await;
}

/// The ends of a session in the audit log: moment, reason, address and device.
async fn recorded_ends(app: &TestApp, browser: &Browser) -> Vec<Vec<String>> {
    let session = browser.session_id();
    let events = format!(
        "select happened_at, reason, ip, browser, os from events where kind = 'session_ended' and session_id = '{session}'"
    );
    app.database().rows(events).await
}

/// The record of an expiry this many seconds after the login, which has no address and no device.
fn expiry_event(browser: &Browser, reason: EndReason, seconds: u64) -> Vec<Vec<String>> {
    let start: i64 = 1_767_225_600_250;
    assert_eq!(browser.token_response.session.created_at.as_str(), "2026-01-01T00:00:00Z");
    let moment = start + i64::try_from(seconds * 1000).expect("milliseconds");
    let null = || "null".to_owned();
    vec![vec![moment.to_string(), reason.name().into(), null(), null(), null()]]
}

#[app_test(renewable_policies)]
async fn an_absolute_timeout_is_recorded_once(app: TestApp) {
    configure_timeouts(&app, "1h", "off").await;
    let expired = app.logged_in(ADA).await;
    app.advance(HOUR + 50);
    let mut ada = app.logged_in(ADA).await;

    app.clean_up().await;
    assert!(
        recorded_ends(&app, &expired).await.is_empty(),
        "not within the first minute, because the clocks of nodes differ"
    );
    app.advance(20);
    app.clean_up().await;
    app.clean_up().await;

    assert_eq!(recorded_ends(&app, &expired).await, expiry_event(&expired, EndReason::Expired, HOUR));
    assert!(recorded_ends(&app, &ada).await.is_empty());
    ada.refresh_and_store().await;
    expired.refresh().await.assert_ended(EndReason::Expired);
    let activity: Activity = ada.get("/api/activity").await.assert_ok().parse();
    let end =
        activity.events.iter().find(|event| event.kind == EventKind::SessionEnded).expect("the end of the session");
    assert_eq!((end.happened_at.as_str(), end.reason), ("2026-01-01T01:00:00Z", Some(EndReason::Expired)));
    assert_eq!(metric(&app, "doorward_sessions_ended_total{reason=\"expired\"}").await, "1");
}

#[app_test(renewable_policies)]
async fn an_idle_timeout_is_recorded_once(app: TestApp) {
    configure_timeouts(&app, "30d", "1h").await;
    let idle = app.logged_in(ADA).await;
    let mut used = app.logged_in(ADA).await;
    app.advance(50 * MINUTE);
    // This use is only in the node's memory.
    used.refresh_and_store().await;
    app.advance(20 * MINUTE);

    app.clean_up().await;

    assert_eq!(recorded_ends(&app, &idle).await, expiry_event(&idle, EndReason::Idle, HOUR + app.touch_interval(HOUR)));
    assert!(recorded_ends(&app, &used).await.is_empty());
    used.refresh().await.assert_ok();
    idle.refresh().await.assert_ended(EndReason::Idle);
    app.advance(2 * HOUR);
    app.clean_up().await;
    assert_eq!(
        recorded_ends(&app, &used).await,
        expiry_event(&used, EndReason::Idle, 70 * MINUTE + HOUR + app.touch_interval(HOUR))
    );
}

#[app_test(renewable_policies)]
async fn the_timeout_that_comes_first_is_the_reason(app: TestApp) {
    configure_timeouts(&app, "90m", "1h").await;
    let idle = app.logged_in(ADA).await;
    let mut expired = app.logged_in(ADA).await;
    app.advance(45 * MINUTE);
    expired.refresh_and_store().await;
    app.advance(10 * HOUR);

    app.clean_up().await;

    assert_eq!(recorded_ends(&app, &idle).await, expiry_event(&idle, EndReason::Idle, HOUR + app.touch_interval(HOUR)));
    assert_eq!(recorded_ends(&app, &expired).await, expiry_event(&expired, EndReason::Expired, 90 * MINUTE));
    idle.refresh().await.assert_ended(EndReason::Idle);
    expired.refresh().await.assert_ended(EndReason::Expired);
}

#[app_test(renewable_policies)]
async fn an_expired_session_stays_ended_even_if_the_clock_is_set_back(app: TestApp) {
    configure_timeouts(&app, "2h", "1h").await;
    let idle = app.logged_in(ADA).await;
    let mut expired = app.logged_in(ADA).await;
    for _ in 0..3 {
        app.advance(40 * MINUTE);
        if expired.refresh().await.status == 200 {
            expired.refresh_and_store().await;
        }
    }

    let end = idle.refresh().await.assert_ended(EndReason::Idle).problem().ended.expect("the end");
    let expected = format!("2026-01-01T01:{:02}:00Z", app.touch_interval(HOUR) / 60);
    assert_eq!((end.at.as_str(), end.by), (expected.as_str(), None));
    expired.refresh().await.assert_ended(EndReason::Expired);

    assert_eq!(recorded_ends(&app, &idle).await, expiry_event(&idle, EndReason::Idle, HOUR + app.touch_interval(HOUR)));
    assert_eq!(recorded_ends(&app, &expired).await, expiry_event(&expired, EndReason::Expired, 2 * HOUR));
    app.shift_wall_clock(-3600 * 2);
    idle.refresh().await.assert_ended(EndReason::Idle);
    expired.refresh().await.assert_ended(EndReason::Expired);
}

#[app_test]
async fn concurrent_clean_ups_record_each_expiry_once(app: TestApp) {
    app.restart_with(|settings| {
        settings.set("session_lifetime", "1h");
        settings.set("login_attempts", "off");
    })
    .await;
    let other = app.another_node().await;
    for user in 0..4 {
        app.logged_in(&format!("user{user}@example.com")).await;
    }
    // More than one batch.
    app.database()
        .execute(
            "insert into sessions (session_id, user_id, policy, browser, os, ip, created_at, last_used_at, expires_at) \
             select s.session_id || a.session_id || b.session_id || c.session_id, s.user_id, s.policy, s.browser, s.os, s.ip, \
                    s.created_at, s.last_used_at, s.expires_at \
             from sessions s, sessions a, sessions b, sessions c",
        )
        .await;
    app.advance(2 * HOUR);

    join3(app.clean_up(), other.clean_up(), app.clean_up()).await;

    for (what, count) in [
        ("sessions where ended_at = expires_at and end_reason = 'expired'", "260"),
        ("events where kind = 'session_ended'", "260"),
        ("(select distinct session_id from events where kind = 'session_ended') ended", "260"),
    ] {
        assert_eq!(app.database().value(format!("select count(*) from {what}")).await, count, "{what}");
    }
    let revoked = "doorward_revoked_sessions";
    assert_eq!((metric(&app, revoked).await, metric(&other, revoked).await), ("0".into(), "0".into()));
    assert_eq!(metric(&app.another_node().await, revoked).await, "0", "nor after a start");
}

#[app_test(renewable_policies)]
async fn an_ended_session_does_not_expire(app: TestApp) {
    configure_timeouts(&app, "1h", "off").await;
    let ada = app.logged_in(ADA).await;
    ada.log_out().await.assert_ok();
    app.advance(2 * HOUR);
    app.clean_up().await;
    ada.refresh().await.assert_ended(EndReason::LoggedOut);
    assert_eq!(app.database().value("select count(*) from events where kind = 'session_ended'").await, "1");
}

#[app_test]
async fn clean_up_pauses_for_an_hour_after_the_clock_jumped_forward(app: TestApp) {
    configure_timeouts(&app, "1h", "off").await;
    let ada = app.logged_in(ADA).await;
    app.shift_wall_clock(7200);
    for minutes in 0..=60 {
        assert!(recorded_ends(&app, &ada).await.is_empty(), "{minutes}");
        app.clean_up().await;
        app.advance(MINUTE);
    }

    app.clean_up().await;

    assert_eq!(recorded_ends(&app, &ada).await, expiry_event(&ada, EndReason::Expired, HOUR));
}
