//! Last-used times under `server-session`: every request is a use, and few of them are written.

use std::time::Duration;

use doorward_api::EndReason;
use test_macros::app_test;

use crate::support::TestApp;

const ADA: &str = "ada@example.com";
const MINUTE: u64 = 60;

/// Longer than a node waits for the uses that other nodes write, in milliseconds.
const WRITE_LAG: u64 = 1501;

/// The last-used time in the database, in milliseconds after the login.
async fn last_used_millis(app: &TestApp) -> u64 {
    app.flush_last_used().await;
    app.database().value("select last_used_at - created_at from sessions").await.parse().expect("a number")
}

async fn set_idle_timeout(app: &TestApp, timeout: &str) {
    app.restart_with(|settings| settings.set("session_idle", timeout)).await;
}

/// The last-used times that are written in five minutes with a request every second, in milliseconds after the login.
async fn written_last_used(app: &TestApp) -> Vec<u64> {
    let ada = app.logged_in(ADA).await;
    let mut times = vec![last_used_millis(app).await];
    for second in 0..5 * MINUTE {
        app.advance(1);
        if second % 2 == 0 {
            ada.me().await.assert_ok()
        } else {
            ada.refresh().await.assert_ok()
        };
        times.push(last_used_millis(app).await);
    }
    times.dedup();
    times
}

#[app_test(server_session)]
async fn last_used_is_written_at_most_once_a_minute(app: TestApp) {
    assert_eq!(written_last_used(&app).await, [0, 60_000, 120_000, 180_000, 240_000, 300_000]);
}

/// The background job runs every second, and writes only what is due.
#[app_test(renewable_policies)]
async fn the_database_gets_a_use_at_most_once_per_hundredth_of_the_idle_timeout(app: TestApp) {
    set_idle_timeout(&app, "10h").await;
    let mut ada = app.logged_in(ADA).await;
    let written = "select last_used_at - created_at from sessions";
    let mut times = vec![];
    for _ in 0..62 {
        app.advance(MINUTE);
        ada.refresh_and_store().await;
        app.flush_due_last_used().await;
        times.push(app.database().value(written).await.parse::<u64>().expect("a number"));
    }
    times.dedup();
    let enough = times.windows(2).all(|pair| pair[1] - pair[0] >= 6 * 60_000);
    assert!(enough && times.len() >= 9, "{times:?}");
    assert_eq!(app.state().sessions.last_used.len(), 1, "the latest use waits");
    let sessions = ada.sessions().await;
    assert_eq!(sessions[0].last_used_at.as_str(), "2026-01-01T01:02:00Z", "and is shown");
}

/// What waits in the memory of one node keeps the session from idling on another one.
#[app_test(renewable_policies, postgres)]
async fn a_use_that_waits_is_written_long_before_another_node_could_end_the_session(app: TestApp) {
    set_idle_timeout(&app, "100m").await;
    let mut ada = app.logged_in(ADA).await;
    let other = app.another_node().await;
    app.advance(MINUTE - 1);
    ada.refresh_and_store().await;
    app.flush_due_last_used().await;
    for _ in 0..10 {
        app.advance(10 * MINUTE);
        app.flush_due_last_used().await;
    }
    // 100 minutes after the use, and more than that after the login.
    other.clean_up().await;
    ada.on_node(&other).refresh().await.assert_ok();
}

#[app_test(server_session)]
async fn last_used_is_written_ten_times_within_a_short_idle_timeout(app: TestApp) {
    set_idle_timeout(&app, "100s").await;
    let expected: Vec<_> = (0..=30).map(|tenth| tenth * 10_000).collect();
    assert_eq!(written_last_used(&app).await, expected);
}

#[app_test(server_session)]
async fn last_used_is_written_once_a_minute_without_an_idle_timeout(app: TestApp) {
    set_idle_timeout(&app, "off").await;
    assert_eq!(written_last_used(&app).await.len(), 6);
}

#[app_test(server_session)]
async fn concurrent_requests_are_written_as_one_use(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    app.advance(MINUTE);
    futures::future::join_all((0..30).map(|_| ada.me())).await;
    assert_eq!(app.state().sessions.last_used.len(), 1);
    assert_eq!(last_used_millis(&app).await, 60_000);
    assert_eq!(ada.sessions().await[0].last_used_at.as_str(), "2026-01-01T00:01:00Z");
}

/// Idle timeouts, also in milliseconds, and by how many milliseconds a session may end late.
const TIMEOUTS: [(&str, u64, u64); 4] =
    [("5s", 5_000, 500), ("100s", 100_000, 10_000), ("10m", 600_000, 60_000), ("14d", 14 * 24 * 3_600_000, 60_000)];

#[app_test(server_session)]
async fn an_idle_session_never_ends_early(app: TestApp) {
    for (timeout, millis, slack) in TIMEOUTS {
        set_idle_timeout(&app, timeout).await;
        // Some of these uses are written, others come too soon after the login.
        for since_login in [1, slack - 1, slack, slack + 1, 2 * slack - 1, 3 * slack] {
            let ada = app.logged_in(ADA).await;
            app.advance_millis(since_login);
            ada.me().await.assert_ok();
            app.flush_last_used().await;
            app.advance_millis(millis);
            ada.me().await.assert_ok();
        }
    }
}

#[app_test(server_session)]
async fn an_idle_session_ends_at_most_a_minute_late(app: TestApp) {
    for (timeout, millis, slack) in TIMEOUTS {
        set_idle_timeout(&app, timeout).await;
        for since_login in [slack - 1, slack] {
            let ada = app.logged_in(ADA).await;
            app.advance_millis(since_login);
            ada.me().await.assert_ok();
            app.advance_millis(millis + slack + WRITE_LAG);
            ada.me().await.assert_ended(EndReason::Idle);
            ada.refresh().await.assert_ended(EndReason::Idle);
        }
    }
}

#[app_test(server_session)]
async fn requests_keep_a_session_alive_until_the_absolute_timeout(app: TestApp) {
    set_idle_timeout(&app, "1h").await;
    let ada = app.logged_in(ADA).await;
    for hours in 1..30 * 24 {
        app.advance_millis(3_600_000);
        ada.me().await.assert_ok();
        // As the background jobs do, on a node that is restarted now and then.
        if hours % 100 == 0 {
            app.flush_last_used().await;
            app.restart().await;
        }
    }
    app.advance_millis(3_600_000);
    ada.me().await.assert_ended(EndReason::Expired);
}

#[app_test(server_session)]
async fn refused_requests_are_no_use(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    let other = app.logged_in("bob@example.com").await;
    app.advance(2 * MINUTE);

    app.get("/api/me")
        .with_cookie_of(&ada)
        .header("doorward-session", other.session_id())
        .await
        .assert_ended_or_expired();
    ada.get("/api/me").bearer("x.y.z").await.assert_status(401);
    let cross_site = app.post("/api/auth/refresh").with_cookie_of(&ada).without_header("sec-fetch-site");
    cross_site.header("sec-fetch-site", "cross-site").await.assert_status(403);

    assert!(app.state().sessions.last_used.is_empty());
}

#[app_test(server_session)]
async fn a_clock_that_was_wrong_for_a_while_ends_no_session(app: TestApp) {
    set_idle_timeout(&app, "1h").await;
    let ada = app.logged_in(ADA).await;
    app.shift_wall_clock(1800);
    ada.me().await.assert_ok();
    app.flush_last_used().await;
    app.shift_wall_clock(-1800);
    for _ in 0..12 {
        app.advance(10 * MINUTE);
        ada.me().await.assert_ok();
    }
}

#[app_test(server_session, postgres)]
async fn a_use_on_another_node_counts_before_it_is_written(app: TestApp) {
    set_idle_timeout(&app, "1m").await;
    let ada = app.logged_in(ADA).await;
    let ada_on_other = ada.on_node(&app.another_node().await);
    app.advance(65);
    ada.me().await.assert_ok();
    app.advance_millis(1001);

    let write = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        app.flush_last_used().await;
    };
    let (response, ()) = futures::future::join(ada_on_other.me(), write).await;

    response.assert_ok();
}
