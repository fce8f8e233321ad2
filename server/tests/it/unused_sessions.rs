//! `DELETE /api/sessions/others?unused_since=`: ends the sessions that have not been used since a moment.

use doorward_api::EndReason;
use serde_json::json;
use test_macros::app_test;

use crate::support::{Browser, Response, TestApp};

const ADA: &str = "ada@example.com";

async fn end_unused(browser: &Browser, since: &str) -> Response {
    browser.request("DELETE", &format!("/api/sessions/others?unused_since={since}")).await
}

#[app_test(renewable_policies)]
async fn sessions_used_at_that_moment_or_later_stay(app: TestApp) {
    // Servers hold back uses for a hundredth of it.
    app.restart_with(|settings| settings.set("session_idle", "10h")).await;
    let old = app.logged_in(ADA).await;
    let mut refreshed = app.logged_in(ADA).await;
    app.advance(3600);
    let at = app.logged_in(ADA).await;
    let bob = app.logged_in("bob@example.com").await;
    app.advance(3600);
    refreshed.refresh_and_store().await;
    app.advance(3600);
    let mut ada = app.logged_in(ADA).await;
    ada.refresh_and_store().await;

    // 0.25 s before and at the moment of a login.
    let ended = end_unused(&ada, "2026-01-01T01:00:00.250Z").await.assert_status(200);

    assert_eq!(ended.json(), json!({"ended": 1}));
    old.refresh().await.assert_ended(EndReason::Revoked);
    for browser in [&refreshed, &at, &bob, &ada] {
        browser.refresh().await.assert_ok();
    }
}

#[app_test(each_policy)]
async fn the_current_session_stays_whenever_it_was_used(app: TestApp) {
    let other = app.logged_in(ADA).await;
    let ada = app.logged_in(ADA).await;
    assert_eq!(end_unused(&ada, "2099-01-01T00:00:00%2B01:00").await.assert_ok().json(), json!({"ended": 1}));
    other.me().await.assert_ended(EndReason::Revoked);
    ada.me().await.assert_ok();
}

#[app_test(renewable_policies)]
async fn uses_that_are_not_written_yet_count(app: TestApp) {
    let used = app.logged_in(ADA).await;
    app.advance(60);
    used.refresh().await.assert_ok();
    app.advance(10);
    let ada = app.logged_in(ADA).await;

    let end = async || end_unused(&ada, "2026-01-01T00:01:00Z").await.assert_ok().json();
    assert_eq!(end().await, json!({"ended": 0}));
    app.flush_last_used().await;
    assert_eq!(end().await, json!({"ended": 0}));
    used.refresh().await.assert_ok();
}

#[app_test(renewable_policies, postgres)]
async fn uses_that_another_node_holds_back_end_no_session(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "100h")).await;
    let used = app.logged_in(ADA).await;
    let other = app.another_node().await;
    app.advance(60 * 59);
    used.on_node(&other).refresh().await.assert_ok();
    app.advance(10);
    let ada = app.logged_in(ADA).await;

    let ended = end_unused(&ada, "2026-01-01T00:59:00Z").await.assert_ok();

    assert_eq!(ended.json(), json!({"ended": 0}));
    used.on_node(&other).refresh().await.assert_ok();
}

#[app_test]
async fn what_is_not_a_time_is_refused_and_ends_nothing(app: TestApp) {
    let other = app.logged_in(ADA).await;
    let ada = app.logged_in(ADA).await;
    for query in [
        "unused_since=",
        "unused_since=yesterday",
        "unused_since=2026-01-01",
        "unused_since=2026-01-01T00:00:00",
        "unused_since=2026-01-01T00:00:00+01:00",
        "unused_since=1767225600",
        "unused=2026-01-01T00:00:00Z",
        "unused_since=2026-01-01T00:00:00Z&unused_since=2026-01-01T00:00:00Z",
    ] {
        let response = ada.request("DELETE", &format!("/api/sessions/others?{query}")).await;
        response.assert_invalid_fields(&["unused_since"]);
    }
    other.refresh().await.assert_ok();
}
