//! Changes of the policies while sessions are live: stricter rules apply to them at once, more lenient ones do not.

use doorward_api::{EndReason, ErrorCode, Timestamp};
use server::config::RawSettings;
use test_macros::app_test;

use crate::support::{PASSWORD, TestApp, eventually, run_cli};

const ADA: &str = "ada@example.com";
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Restarts the server with other settings and migrates the live sessions to them.
async fn restart_with(app: &TestApp, change: impl FnOnce(&mut RawSettings)) {
    app.restart_with(change).await;
    app.migrate_policies().await;
}

async fn restart_under(app: &TestApp, policy: &str) {
    restart_with(app, |settings| settings.set("policy", policy)).await;
}

#[app_test]
async fn a_stricter_policy_ends_live_sessions_at_once_with_the_reason(app: TestApp) {
    for policy in ["server-session", "memory-only", "banking"] {
        restart_under(&app, "retention").await;
        let ada = app.logged_in(ADA).await;
        let tab = ada.session_end_stream().await;

        restart_under(&app, policy).await;

        ada.me().await.assert_ended(EndReason::PolicyChanged);
        ada.refresh().await.assert_ended(EndReason::PolicyChanged);
        drop(tab);
    }
    assert_eq!(app.database().value("select count(*) from events where reason = 'policy_changed'").await, "3");
}

#[app_test]
async fn a_more_lenient_policy_leaves_live_sessions_unchanged(app: TestApp) {
    restart_under(&app, "banking").await;
    let banking = app.logged_in(ADA).await;
    restart_under(&app, "memory-only").await;
    let memory_only = app.logged_in(ADA).await;

    restart_under(&app, "retention").await;

    banking.me().await.assert_ok();
    memory_only.me().await.assert_ok();
    let response = memory_only.refresh().await.assert_status(200);
    assert_eq!(response.json()["session"]["policy"], "memory-only");
    app.advance(15 * MINUTE);
    banking.me().await.assert_refused(ErrorCode::TokenExpired);
}

#[app_test]
async fn a_refresh_enforces_a_stricter_policy_before_the_migration_has_run(app: TestApp) {
    let ada = app.logged_in(ADA).await;

    app.restart_with(|settings| settings.set("policy", "banking")).await;

    ada.refresh().await.assert_ended(EndReason::PolicyChanged);
    ada.me().await.assert_ended(EndReason::PolicyChanged);
}

#[app_test]
async fn a_new_role_with_a_stricter_policy_ends_the_users_sessions(app: TestApp) {
    let strict = |settings: &mut RawSettings| settings.set("policy_for_role.admin", "banking");
    restart_with(&app, strict).await;
    let (ada, bob) = (app.logged_in(ADA).await, app.logged_in("bob@example.com").await);
    app.database().execute("update users set roles = 'admin' where email = 'ada@example.com'").await;

    ada.refresh().await.assert_ended(EndReason::PolicyChanged);

    bob.refresh().await.assert_status(200);
    let response = app.log_in(ADA, PASSWORD).await.assert_status(200);
    assert_eq!(response.json()["session"]["policy"], "banking");
}

#[app_test]
async fn a_shorter_lifetime_ends_older_sessions_and_shortens_the_others(app: TestApp) {
    let old = app.logged_in(ADA).await;
    app.advance(2 * HOUR);
    let young = app.logged_in(ADA).await;
    app.advance(HOUR);

    restart_with(&app, |settings| settings.set("session_lifetime", "3h")).await;

    old.me().await.assert_refused(ErrorCode::TokenExpired);
    old.refresh().await.assert_ended(EndReason::PolicyChanged);
    let response = young.refresh().await.assert_status(200);
    assert_eq!(response.json()["session"]["expires_at"], "2026-01-01T05:00:00Z");
    app.advance(2 * HOUR);
    young.refresh().await.assert_ended(EndReason::Expired);
}

#[app_test]
async fn the_end_of_a_shortened_session_revokes_its_access_token(app: TestApp) {
    let other = app.another_node().await.with_revocation_sync();
    let ada = app.logged_in(ADA).await;
    let ada_on_other = ada.on_node(&other);
    app.advance(20);

    restart_with(&app, |settings| settings.set("session_lifetime", "1m")).await;

    assert_eq!(ada.sessions().await[0].expires_at, Timestamp::new("2026-01-01T00:01:00Z"));
    app.advance(39);
    app.end_shortened_sessions().await;
    ada_on_other.me().await.assert_ok();
    app.advance(3);
    app.end_shortened_sessions().await;
    ada.me().await.assert_ended(EndReason::Expired);
    ada.refresh().await.assert_ended(EndReason::Expired);
    eventually(async || ada_on_other.me().await.status == 401).await;
    ada_on_other.me().await.assert_ended(EndReason::Expired);
}

#[app_test]
async fn a_session_that_is_idle_under_a_shorter_timeout_loses_its_access_token(app: TestApp) {
    let (refreshing, silent, mut used) = (app.logged_in(ADA).await, app.logged_in(ADA).await, app.logged_in(ADA).await);
    app.advance(20);
    used.refresh_and_store().await;
    app.flush_last_used().await;

    restart_with(&app, |settings| settings.set("session_idle", "10s")).await;

    refreshing.refresh().await.assert_ended(EndReason::Idle);
    refreshing.me().await.assert_ended(EndReason::Idle);
    app.end_shortened_sessions().await;
    silent.me().await.assert_ended(EndReason::Idle);
    used.me().await.assert_ok();
    // The same after a restart.
    restart_with(&app, |_| ()).await;
    refreshing.me().await.assert_ended(EndReason::Idle);
    silent.me().await.assert_ended(EndReason::Idle);
    used.refresh_and_store().await;
}

#[app_test]
async fn reverting_a_shorter_lifetime_does_not_extend_shortened_sessions(app: TestApp) {
    let ada = app.logged_in(ADA).await;
    restart_with(&app, |settings| settings.set("session_lifetime", "1m")).await;

    restart_with(&app, |settings| settings.set("session_lifetime", "30d")).await;

    let response = ada.refresh().await.assert_status(200);
    assert_eq!(response.json()["session"]["expires_at"], "2026-01-01T00:01:00Z");
    app.advance(MINUTE);
    ada.refresh().await.assert_ended(EndReason::Expired);
}

#[app_test]
async fn a_shorter_idle_timeout_ends_idle_sessions(app: TestApp) {
    let (idle, mut used) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
    app.advance(2 * HOUR);
    used.refresh_and_store().await;
    app.flush_last_used().await;

    restart_with(&app, |settings| settings.set("session_idle", "1h")).await;

    idle.refresh().await.assert_ended(EndReason::Idle);
    used.refresh().await.assert_status(200);
    app.advance(HOUR + 1);
    used.refresh().await.assert_ended(EndReason::Idle);
}

#[app_test]
async fn longer_timeouts_extend_no_live_session(app: TestApp) {
    restart_with(&app, |settings| {
        settings.set("session_lifetime", "2h");
        settings.set("session_idle", "1h");
    })
    .await;
    let (idle, mut used) = (app.logged_in(ADA).await, app.logged_in(ADA).await);
    let end = used.token_response.session.expires_at.clone();

    restart_with(&app, |settings| {
        settings.set("session_lifetime", "30d");
        settings.set("session_idle", "off");
    })
    .await;

    app.advance(HOUR);
    assert_eq!(used.refresh_and_store().await.session.expires_at, end);
    app.advance(1);
    idle.refresh().await.assert_ended(EndReason::Idle);
    app.advance(HOUR);
    used.refresh().await.assert_ended(EndReason::Expired);
}

#[app_test]
async fn other_nodes_and_open_tabs_are_notified(app: TestApp) {
    let other = app.another_node().await.with_revocation_sync();
    let ada = app.logged_in(ADA).await;
    let ada_on_other = ada.on_node(&other);
    let tab = ada_on_other.session_end_stream().await;

    restart_under(&app, "banking").await;

    assert_eq!(tab.end().await.expect("an event").reason, EndReason::PolicyChanged);
    ada_on_other.me().await.assert_ended(EndReason::PolicyChanged);
}

#[app_test]
async fn a_preview_reports_the_effect_without_causing_it(app: TestApp) {
    app.set_wall_clock_to_now();
    app.shift_wall_clock(-59 * 60);
    for _ in 0..3 {
        app.logged_in(ADA).await;
    }
    app.advance(57 * MINUTE);
    let young = app.logged_in(ADA).await;
    app.advance(2 * MINUTE);

    let output = run_cli(app.database(), "policy preview --policy banking", "").await.assert_success();
    assert!(output.contains("4 sessions end at once\n"), "{output}");
    assert!(output.contains("no sessions unchanged\n"), "{output}");

    let output = run_cli(app.database(), "policy preview --session-lifetime 1h", "").await.assert_success();
    assert!(output.contains("no sessions end at once\n"), "{output}");
    assert!(output.contains("3 sessions end within 5 minutes\n"), "{output}");
    assert!(output.contains("1 session ends within an hour\n"), "{output}");

    let output = run_cli(app.database(), "policy preview --session-lifetime 30d", "").await.assert_success();
    assert!(output.contains("4 sessions unchanged\n"), "{output}");
    young.refresh().await.assert_status(200);
    app.advance(DAY);
    young.refresh().await.assert_status(200);
}

#[app_test]
async fn policy_show_lists_the_effective_values_of_each_role(app: TestApp) {
    let arguments = "policy show --policy server-session --session-idle 2h --policy-for-role admin=banking --policy-for-role staff=memory-only";

    let output = run_cli(app.database(), arguments, "").await;

    let lines: Vec<String> =
        output.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(lines[1], "(default) server-session a session cookie none 30days 2h", "{output:?}");
    assert_eq!(lines[2], "admin banking nothing 15m 15m off");
    assert_eq!(lines[3], "staff memory-only a refresh token in one tab 5m 30days 2h");
    let wrong = run_cli(app.database(), "policy show --policy-for-role admin", "").await;
    assert_eq!(wrong.status, 2, "{wrong:?}");
    let wrong = run_cli(app.database(), "policy show --policy-for-role admin=lax", "").await;
    assert_eq!(wrong.status, 1);
    assert!(wrong.stderr.starts_with("doorward: policy_for_role.admin: "), "{wrong:?}");
}
