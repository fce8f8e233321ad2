//! `server-session`: every request is a use, and few of them are written down.

use std::time::Duration;

use doorward_api::EndReason;
use macro_rules_attribute::apply;
use server::background::flush;

use crate::fixture::{Person, TestApp};

const ADA: &str = "ada@example.com";
const MINUTE: u64 = 60;

/// Longer than a node with neighbours waits for their word before it calls a session idle, in milliseconds.
const MOMENT: u64 = 1501;

macro_rules! under_server_session {
    ($($test:tt)*) => { under_policies! { [server_session ServerSession] $($test)* } };
}

/// So long after the login the database knows of a use, in milliseconds.
async fn written(app: &TestApp) -> u64 {
    flush(&app.state()).await.expect("written");
    app.database().value("select last_used_at - created_at from sessions").await.parse().expect("a number")
}

async fn with_idle_limit(app: &TestApp, limit: &str) {
    app.restart_with(|settings| settings.session_idle = Some(limit.into())).await;
}

fn advance(app: &TestApp, millis: u64) {
    app.state().clock.advance(Duration::from_millis(millis));
}

/// The moments, in milliseconds, that are written down in five minutes in which there is a request every second.
async fn moments(app: &TestApp) -> Vec<u64> {
    let ada = app.logged_in(ADA).await;
    let mut moments = vec![written(app).await];
    for second in 0..5 * MINUTE {
        app.advance(1);
        if second % 2 == 0 {
            ada.me().await.assert_ok()
        } else {
            ada.refresh().await.assert_ok()
        };
        moments.push(written(app).await);
    }
    moments.dedup();
    moments
}

#[apply(under_server_session!)]
async fn the_last_use_is_written_once_a_minute(app: TestApp) {
    assert_eq!(moments(&app).await, [0, 60_000, 120_000, 180_000, 240_000, 300_000]);
}

#[apply(under_server_session!)]
async fn under_a_short_idle_limit_ten_times_in_it(app: TestApp) {
    with_idle_limit(&app, "100s").await;
    let expected: Vec<_> = (0..=30).map(|tenth| tenth * 10_000).collect();
    assert_eq!(moments(&app).await, expected);
}

#[apply(under_server_session!)]
async fn without_an_idle_limit_once_a_minute_too(app: TestApp) {
    with_idle_limit(&app, "off").await;
    assert_eq!(moments(&app).await.len(), 6);
}

#[apply(under_server_session!)]
async fn many_requests_at_once_are_one_use(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.advance(MINUTE);
    futures::future::join_all((0..30).map(|_| ada.me())).await;
    assert_eq!(app.state().last_use.unwritten().len(), 1);
    assert_eq!(written(&app).await, 60_000);
    assert_eq!(ada.sessions().await[0].last_used_at.as_str(), "2026-01-01T00:01:00Z");
}

/// Idle limits, each with the time by which a session may be over late, in milliseconds.
const LIMITS: [(&str, u64, u64); 4] =
    [("5s", 5_000, 500), ("100s", 100_000, 10_000), ("10m", 600_000, 60_000), ("14d", 14 * 24 * 3_600_000, 60_000)];

#[apply(under_server_session!)]
async fn r35_an_idle_session_is_never_over_early(app: TestApp) {
    for (limit, millis, slack) in LIMITS {
        with_idle_limit(&app, limit).await;
        // Some of these uses are written down, others come too soon after the login.
        for since_login in [1, slack - 1, slack, slack + 1, 2 * slack - 1, 3 * slack] {
            let ada = app.logged_in(ADA).await;
            advance(&app, since_login);
            ada.me().await.assert_ok();
            flush(&app.state()).await.expect("written");
            advance(&app, millis);
            ada.me().await.assert_ok();
        }
    }
}

#[apply(under_server_session!)]
async fn r35_an_idle_session_is_over_a_minute_late_at_most(app: TestApp) {
    for (limit, millis, slack) in LIMITS {
        with_idle_limit(&app, limit).await;
        for since_login in [slack - 1, slack] {
            let ada = app.logged_in(ADA).await;
            advance(&app, since_login);
            ada.me().await.assert_ok();
            advance(&app, millis + slack + MOMENT);
            ada.me().await.assert_ended(EndReason::Idle);
            ada.refresh().await.assert_ended(EndReason::Idle);
        }
    }
}

#[apply(under_server_session!)]
async fn r35_requests_keep_a_session_alive_until_its_end(app: TestApp) {
    with_idle_limit(&app, "1h").await;
    let ada = app.logged_in(ADA).await;
    for hours in 1..30 * 24 {
        advance(&app, 3_600_000);
        ada.me().await.assert_ok();
        // As jobs do, on a node that is restarted now and then.
        if hours % 100 == 0 {
            flush(&app.state()).await.expect("written");
            app.restart().await;
        }
    }
    advance(&app, 3_600_000);
    ada.me().await.assert_ended(EndReason::Expired);
}

#[apply(under_server_session!)]
async fn what_is_refused_is_no_use(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let other = app.logged_in("bob@example.com").await;
    app.advance(2 * MINUTE);

    app.get("/api/me").in_browser_of(&ada).header("doorward-session", other.session()).await.assert_over();
    ada.get("/api/me").bearer("x.y.z").await.assert_status(401);
    let site = app.post("/api/auth/refresh").in_browser_of(&ada).without("sec-fetch-site");
    site.header("sec-fetch-site", "cross-site").await.assert_status(403);

    assert!(app.state().last_use.unwritten().is_empty());
}

#[apply(under_server_session!)]
async fn f3_a_clock_that_was_wrong_for_a_while_throws_nobody_out(app: TestApp) {
    with_idle_limit(&app, "1h").await;
    let ada = app.logged_in(ADA).await;
    app.set_clock(1800);
    ada.me().await.assert_ok();
    flush(&app.state()).await.expect("written");
    app.set_clock(-1800);
    for _ in 0..12 {
        app.advance(10 * MINUTE);
        ada.me().await.assert_ok();
    }
}

/// A use that another node has noted and not yet written counts, as for a refresh.
#[tokio::test]
async fn a_use_on_another_node_counts_before_it_is_written() {
    let database = crate::fixture::Database::postgres().await;
    let app = TestApp::start_under(doorward_api::PolicyName::ServerSession, database).await;
    with_idle_limit(&app, "1m").await;
    let ada = app.logged_in(ADA).await;
    let there = Person { app: app.another_node().await, ..ada.clone() };
    app.advance(65);
    ada.me().await.assert_ok();
    advance(&app, 1001);

    let write = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        flush(&app.state()).await.expect("written");
    };
    let (answer, ()) = futures::future::join(there.me(), write).await;

    answer.assert_ok();
}
