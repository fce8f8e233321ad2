//! Several nodes on one database: a session that ends on one node ends on the others within a second.

use std::time::Duration;

use doorward_api::{EndReason, ErrorCode};
use futures::future::join_all;
use test_macros::app_test;

use crate::support::{Browser, Database, TestApp, eventually, metric};

const ADA: &str = "ada@example.com";

/// The connections of this test's database that receive notifications, as a condition on `pg_stat_activity`.
const LISTENING: &str = "datname = current_database() and query ilike 'listen%'";

async fn is_rejected(browser: &Browser) -> bool {
    browser.me().await.status == 401
}

#[app_test(each_policy)]
async fn a_session_revoked_on_one_node_ends_on_the_other(app: TestApp) {
    let other = app.another_node().await.with_revocation_sync();
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    let phone_on_other = phone.on_node(&other);
    phone_on_other.me().await.assert_ok();

    laptop.revoke(&phone).await.assert_ok();

    eventually(async || is_rejected(&phone_on_other).await).await;
    let ended = phone_on_other.me().await.assert_ended(EndReason::Revoked).problem().ended;
    assert!(ended.is_some(), "the other node reports the device that ended it, too");
    laptop.on_node(&other).me().await.assert_ok();
}

#[app_test(policies_with_refresh_tokens)]
async fn a_use_on_another_node_keeps_the_session_from_idling(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "5s")).await;
    let other = app.another_node().await;
    let mut ada = app.logged_in(ADA).await;
    app.advance(4);
    // The other node has not yet written this use.
    let mut ada_on_other = ada.on_node(&other);
    ada.token_response = ada_on_other.refresh_and_store().await;
    app.advance(2);

    assert_eq!(ada.sessions().await.len(), 1);
}

#[app_test(each_policy)]
async fn an_end_written_by_another_program_is_noticed(app: TestApp) {
    let app = app.with_revocation_sync();
    let ada = app.logged_in(ADA).await;
    let now = app.unix_time() * 1000;

    app.database().execute(format!("update sessions set ended_at = {now}, end_reason = 'revoked_by_admin'")).await;

    eventually(async || is_rejected(&ada).await).await;
    ada.me().await.assert_ended(EndReason::RevokedByAdmin);
}

#[app_test(each_policy)]
async fn an_end_that_is_committed_late_is_noticed(app: TestApp) {
    let app = app.with_revocation_sync();
    let first = app.logged_in(ADA).await;
    let late = app.logged_in(ADA).await;
    first.log_out().await.assert_ok();
    app.advance(20);
    eventually(async || app.get("/readyz").await.status == 200).await;
    let newest = app.logged_in(ADA).await;
    newest.log_out().await.assert_ok();
    let nine_seconds_ago = app.unix_time() * 1000 - 9000;

    let end = format!(
        "update sessions set ended_at = {nine_seconds_ago}, end_reason = 'revoked' where session_id = '{}'",
        late.session_id()
    );
    app.database().execute(end).await;

    eventually(async || is_rejected(&late).await).await;
}

#[app_test(each_policy)]
async fn a_clock_set_back_hides_no_end(app: TestApp) {
    let other = app.another_node().await.with_revocation_sync();
    let phone = app.logged_in(ADA).await;
    let laptop = app.logged_in(ADA).await;
    let phone_on_other = phone.on_node(&other);
    app.shift_wall_clock(3600);
    laptop.log_out().await.assert_ok();
    let laptop_on_other = laptop.on_node(&other);
    eventually(async || is_rejected(&laptop_on_other).await).await;

    app.shift_wall_clock(-3600);
    phone.log_out().await.assert_ok();

    eventually(async || is_rejected(&phone_on_other).await).await;
}

#[app_test(policies_with_access_tokens)]
async fn a_node_out_of_sync_rejects_access_tokens_until_it_recovers(app: TestApp) {
    let app = app.with_revocation_sync();
    let ada = app.logged_in(ADA).await;
    let logged_out = app.logged_in(ADA).await;
    logged_out.log_out().await.assert_ok();
    eventually(async || app.get("/readyz").await.status == 200).await;
    app.database().break_table("sessions").await;

    // A poll may be under way while the clock moves.
    eventually(async || {
        app.advance(6);
        ada.me().await.status == 503
    })
    .await;
    ada.me().await.assert_refused(ErrorCode::Unavailable);
    app.get("/readyz").await.assert_refused(ErrorCode::Unavailable);
    app.post("/api/auth/logout").bearer(ada.access_token()).await.assert_refused(ErrorCode::Unavailable);
    logged_out.me().await.assert_ended(EndReason::LoggedOut);

    app.database().repair_table("sessions").await;
    eventually(async || ada.me().await.status == 200).await;
}

/// As after a laptop has slept or a virtual machine was moved.
#[app_test(each_policy)]
async fn a_node_that_was_suspended_syncs_before_it_rejects_requests(app: TestApp) {
    let app = app.with_revocation_sync();
    let ada = app.logged_in(ADA).await;
    let logged_out = app.logged_in(ADA).await;
    logged_out.log_out().await.assert_ok();

    for _ in 0..5 {
        app.advance(6);
        ada.me().await.assert_ok();
        logged_out.me().await.assert_ended(EndReason::LoggedOut);
    }
}

#[app_test(policies_with_access_tokens)]
async fn the_lag_behind_other_nodes_is_measured(app: TestApp) {
    let other = app.another_node().await.with_revocation_sync();
    let ada = app.logged_in(ADA).await;
    let ada_on_other = ada.on_node(&other);
    let lag = async |what: &str| metric(&other, &format!("doorward_revocation_lag_seconds_{what}")).await;
    assert_eq!(lag("count").await, "0");
    let three_seconds_ago = app.unix_time() * 1000 - 3000;

    app.database().execute(format!("update sessions set ended_at = {three_seconds_ago}, end_reason = 'revoked'")).await;

    eventually(async || is_rejected(&ada_on_other).await).await;
    assert_eq!((lag("count").await.as_str(), lag("bucket{le=\"2.5\"}").await.as_str()), ("1", "0"));
    assert!(lag("sum").await.starts_with("3."));
}

#[app_test(policies_with_access_tokens)]
async fn polling_alone_is_enough(app: TestApp) {
    let other = app.another_node().await;
    other.poll_revocations();
    for _ in 0..3 {
        let ada = app.logged_in(ADA).await;
        let ada_on_other = ada.on_node(&other);
        ada_on_other.me().await.assert_ok();
        ada.log_out().await.assert_ok();
        eventually(async || is_rejected(&ada_on_other).await).await;
    }
}

#[tokio::test]
async fn notifications_alone_are_enough_even_if_the_connection_is_lost() {
    let app = TestApp::start(Database::dedicated_postgres().await).await;
    let other = app.another_node().await;
    other.listen_for_revocations();
    let listeners = format!("select count(*) from pg_stat_activity where {LISTENING}");
    for is_disconnected in [false, true, false, true] {
        eventually(async || app.database().value(listeners.as_str()).await == "1").await;
        let (early, late) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
        if is_disconnected {
            let disconnect = format!("select pg_terminate_backend(pid)::text from pg_stat_activity where {LISTENING}");
            app.database().rows(disconnect).await;
        }

        early.log_out().await.assert_ok();
        app.advance(1);
        late.log_out().await.assert_ok();

        for browser in [early, late] {
            let browser = browser.on_node(&other);
            eventually(async || is_rejected(&browser).await).await;
        }
    }
}

#[app_test]
async fn thousands_of_ends_at_one_moment_are_all_read(app: TestApp) {
    let app = app.with_revocation_sync();
    let ada = app.logged_in(ADA).await;
    let now = app.unix_time() * 1000;
    // 4,096 copies of one session, and the session itself.
    let id = |n: usize| format!("s{n}.session_id");
    let rows: Vec<_> = (0..6).map(|n| format!("pairs s{n}")).collect();
    let ids: Vec<_> = (0..6).map(id).collect();
    let flood = format!(
        "insert into sessions (session_id, user_id, policy, browser, os, ip, created_at, last_used_at, expires_at, ended_at, end_reason) \
         with pairs (session_id) as (select 'a' union all select 'b' union all select 'c' union all select 'd') \
         select {}, s.user_id, s.policy, s.browser, s.os, s.ip, s.created_at, s.last_used_at, s.expires_at, {now}, 'revoked' \
         from sessions s, {}",
        ids.join(" || "),
        rows.join(", ")
    );
    app.database().execute(flood).await;
    app.database()
        .execute(format!("update sessions set ended_at = {now}, end_reason = 'revoked' where ended_at is null"))
        .await;

    eventually(async || is_rejected(&ada).await && metric(&app, "doorward_revoked_sessions").await == "4097").await;
    let new_node = app.another_node().await;
    assert_eq!(metric(&new_node, "doorward_revoked_sessions").await, "4097", "the same after a start");
    ada.on_node(&new_node).me().await.assert_ended(EndReason::Revoked);
}

#[tokio::test]
async fn a_lost_notification_connection_misses_nothing_and_reconnects() {
    let app = TestApp::start(Database::dedicated_postgres().await).await;
    let other = app.another_node().await.with_revocation_sync();
    let browsers = join_all((0..10).map(|_| app.logged_in(ADA))).await;
    let listeners = format!("select count(*) from pg_stat_activity where {LISTENING}");
    eventually(async || app.database().value(listeners.as_str()).await == "1").await;

    for browser in browsers {
        let browser_on_other = browser.on_node(&other);
        browser_on_other.me().await.assert_ok();
        let disconnect = format!("select pg_terminate_backend(pid)::text from pg_stat_activity where {LISTENING}");
        app.database().rows(disconnect).await;
        browser.log_out().await.assert_ok();
        eventually(async || is_rejected(&browser_on_other).await).await;
    }

    tokio::time::sleep(Duration::from_millis(500)).await;
    eventually(async || app.database().value(listeners.as_str()).await == "1").await;
}

#[tokio::test]
async fn sessions_survive_a_database_outage() {
    let app = TestApp::start(Database::dedicated_postgres().await).await.with_revocation_sync();
    let ada = app.logged_in(ADA).await;
    app.database().disconnect().await;
    app.advance(6);
    ada.me().await.assert_refused(ErrorCode::Unavailable);

    app.database().reconnect().await;

    eventually(async || ada.me().await.status == 200).await;
    ada.refresh().await.assert_ok();
}
