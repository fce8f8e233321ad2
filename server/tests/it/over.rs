//! Sessions that are over by themselves: written down once, as of the moment at which they were over.

use std::time::Duration;

use doorward_api::{EndReason, EventKind};
use futures::future::{join, join_all};
use macro_rules_attribute::apply;
use server::background::sweep_store;

use crate::fixture::{Database, Person, TestApp, metric};

const ADA: &str = "ada@example.com";
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

async fn with(app: &TestApp, lifetime: &str, idle: &str) {
    app.restart_with(|settings| {
        settings.session_lifetime = Some(lifetime.into());
        settings.session_idle = Some(idle.into());
    })
    .await;
}

async fn sweep(app: &TestApp) {
    sweep_store(&app.state()).await.expect("swept");
}

/// The ends of a session in the history: moment, reason and who did it.
async fn ends(app: &TestApp, person: &Person) -> Vec<Vec<String>> {
    let session = person.session();
    let ends = format!(
        "select happened_at, reason, ip, browser, os from events where kind = 'session_ended' and session_id = '{session}'"
    );
    app.database().rows(ends).await
}

/// By nobody, so long after the login.
fn by_itself(person: &Person, reason: EndReason, seconds: u64) -> Vec<Vec<String>> {
    let start: i64 = 1_767_225_600_250;
    assert_eq!(person.grant.session.created_at.as_str(), "2026-01-01T00:00:00Z");
    let moment = start + i64::try_from(seconds * 1000).expect("a time");
    let nobody = "null".to_owned();
    vec![vec![moment.to_string(), reason.name().into(), nobody.clone(), nobody.clone(), nobody]]
}

#[apply(under_policies_that_renew!)]
async fn a_session_that_reaches_its_end_is_in_the_history(app: TestApp) {
    with(&app, "1h", "off").await;
    let old = app.logged_in(ADA).await;
    app.advance(HOUR + 50);
    let mut ada = app.logged_in(ADA).await;

    sweep(&app).await;
    assert!(ends(&app, &old).await.is_empty(), "not in the first minute: clocks differ");
    app.advance(20);
    sweep(&app).await;
    sweep(&app).await;

    assert_eq!(ends(&app, &old).await, by_itself(&old, EndReason::Expired, HOUR));
    assert!(ends(&app, &ada).await.is_empty());
    ada.renew().await;
    old.refresh().await.assert_ended(EndReason::Expired);
    let activity = ada.get("/api/activity").await;
    let activity: doorward_api::Activity = serde_json::from_slice(&activity.assert_ok().body).expect("events");
    let end = activity.events.iter().find(|event| event.kind == EventKind::SessionEnded).expect("the end");
    assert_eq!((end.happened_at.as_str(), end.reason), ("2026-01-01T01:00:00Z", Some(EndReason::Expired)));
    assert_eq!(metric(&app, "doorward_sessions_ended_total{reason=\"expired\"}").await, "1");
}

#[apply(under_policies_that_renew!)]
async fn a_session_that_is_not_used_is_in_the_history(app: TestApp) {
    with(&app, "30d", "1h").await;
    let idle = app.logged_in(ADA).await;
    let mut busy = app.logged_in(ADA).await;
    app.advance(50 * MINUTE);
    // This use is in the memory of the node alone.
    busy.renew().await;
    app.advance(20 * MINUTE);

    sweep(&app).await;

    assert_eq!(ends(&app, &idle).await, by_itself(&idle, EndReason::Idle, HOUR + app.late(HOUR)));
    assert!(ends(&app, &busy).await.is_empty());
    busy.refresh().await.assert_ok();
    idle.refresh().await.assert_ended(EndReason::Idle);
    app.advance(2 * HOUR);
    sweep(&app).await;
    assert_eq!(ends(&app, &busy).await, by_itself(&busy, EndReason::Idle, 70 * MINUTE + HOUR + app.late(HOUR)));
}

#[apply(under_policies_that_renew!)]
async fn whichever_comes_first_is_the_reason(app: TestApp) {
    with(&app, "90m", "1h").await;
    let idle = app.logged_in(ADA).await;
    let mut expired = app.logged_in(ADA).await;
    app.advance(45 * MINUTE);
    expired.renew().await;
    app.advance(10 * HOUR);

    sweep(&app).await;

    assert_eq!(ends(&app, &idle).await, by_itself(&idle, EndReason::Idle, HOUR + app.late(HOUR)));
    assert_eq!(ends(&app, &expired).await, by_itself(&expired, EndReason::Expired, 90 * MINUTE));
    idle.refresh().await.assert_ended(EndReason::Idle);
    expired.refresh().await.assert_ended(EndReason::Expired);
}

#[apply(under_policies_that_renew!)]
async fn who_is_told_that_a_session_is_over_can_rely_on_it(app: TestApp) {
    with(&app, "2h", "1h").await;
    let idle = app.logged_in(ADA).await;
    let mut expired = app.logged_in(ADA).await;
    for _ in 0..3 {
        app.advance(40 * MINUTE);
        if expired.refresh().await.status == 200 {
            expired.renew().await;
        }
    }

    let told = idle.refresh().await.assert_ended(EndReason::Idle).problem().ended.expect("when");
    let end = format!("2026-01-01T01:{:02}:00Z", app.late(HOUR) / 60);
    assert_eq!((told.at.as_str(), told.by), (end.as_str(), None));
    expired.refresh().await.assert_ended(EndReason::Expired);

    assert_eq!(ends(&app, &idle).await, by_itself(&idle, EndReason::Idle, HOUR + app.late(HOUR)));
    assert_eq!(ends(&app, &expired).await, by_itself(&expired, EndReason::Expired, 2 * HOUR));
    app.set_clock(-3600 * 2);
    idle.refresh().await.assert_ended(EndReason::Idle);
    expired.refresh().await.assert_ended(EndReason::Expired);
}

#[apply(on_both_databases!)]
async fn of_many_nodes_that_sweep_one_writes(app: TestApp) {
    app.restart_with(|settings| {
        settings.session_lifetime = Some("1h".into());
        settings.login_attempts = Some("off".into());
    })
    .await;
    let other = app.another_node().await;
    for person in 0..4 {
        app.logged_in(&format!("person{person}@example.com")).await;
    }
    // More than one page.
    app.database()
        .execute(
            "insert into sessions (session_id, user_id, policy, browser, os, ip, created_at, last_used_at, expires_at) \
             select s.session_id || a.session_id || b.session_id || c.session_id, s.user_id, s.policy, s.browser, s.os, s.ip, \
                    s.created_at, s.last_used_at, s.expires_at \
             from sessions s, sessions a, sessions b, sessions c",
        )
        .await;
    app.advance(2 * HOUR);

    join_all([sweep(&app), sweep(&other), sweep(&app)]).await;

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

#[apply(under_policies_with_refresh_tokens!)]
async fn an_access_token_never_outlives_an_idle_session(app: TestApp) {
    with(&app, "30d", "1m").await;
    let mut ada = app.logged_in(ADA).await;
    assert_eq!(ada.grant.expires_in, Some(60));
    app.advance(50);
    assert_eq!(ada.renew().await.expires_in, Some(60));
    app.advance(60);
    ada.me().await.assert_refused(doorward_api::ErrorCode::TokenExpired);
}

#[tokio::test]
async fn a_use_on_another_node_counts_before_it_is_written() {
    let app = TestApp::start(Database::postgres().await).await;
    with(&app, "30d", "1m").await;
    let mut ada = app.logged_in(ADA).await;
    let there = Person { app: app.another_node().await, ..ada.clone() };
    app.advance(59);
    ada.renew().await;
    app.state().clock.advance(Duration::from_millis(1001));

    let write = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        server::background::flush(&app.state()).await.expect("written");
    };
    let (answer, ()) = join(there.refresh(), write).await;

    answer.assert_ok();
}

#[apply(under_policies_that_renew!)]
async fn what_somebody_ended_stays_as_it_was_ended(app: TestApp) {
    with(&app, "1h", "off").await;
    let ada = app.logged_in(ADA).await;
    ada.log_out().await.assert_ok();
    app.advance(2 * HOUR);
    sweep(&app).await;
    ada.refresh().await.assert_ended(EndReason::LoggedOut);
    assert_eq!(app.database().value("select count(*) from events where kind = 'session_ended'").await, "1");
}

#[apply(on_both_databases!)]
async fn f3_a_clock_that_leaps_is_not_believed_for_an_hour(app: TestApp) {
    let state = app.state();
    let mut watch = server::sessions::expiry::Watch::new(state.clock.clone());
    let mut minutes_until_believed = || {
        (0..120).find(|_| {
            app.advance(MINUTE);
            watch.is_steady()
        })
    };
    assert_eq!(minutes_until_believed(), Some(0));
    app.set_clock(-7200);
    assert_eq!(minutes_until_believed(), Some(0), "back: nothing is swept too early");
    app.set_clock(7200);
    assert_eq!(minutes_until_believed(), Some(60));
    assert_eq!(minutes_until_believed(), Some(0));
}
