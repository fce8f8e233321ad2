//! A user has at most fifty live sessions.

use doorward_api::EndReason;
use futures::future::join_all;
use test_macros::app_test;

use crate::support::{PASSWORD, TestApp};

const ADA: &str = "ada@example.com";

#[app_test(each_policy)]
async fn the_fifty_first_login_replaces_the_least_recently_used_session(app: TestApp) {
    let oldest = app.logged_in(ADA).await;
    app.advance(1);
    let second = app.logged_in(ADA).await;
    let bob = app.logged_in("bob@example.com").await;
    for _ in 2..50 {
        app.advance(1);
        app.log_in(ADA, PASSWORD).await.assert_ok();
    }
    oldest.me().await.assert_ok();
    assert_eq!(oldest.sessions().await.len(), 50);

    app.advance(1);
    let newest = app.logged_in(ADA).await;

    oldest.me().await.assert_ended(EndReason::Replaced);
    oldest.refresh().await.assert_ended(EndReason::Replaced);
    second.me().await.assert_ok();
    bob.refresh().await.assert_ok();
    assert_eq!(newest.sessions().await.len(), 50);
}

#[app_test(policies_with_cookies)]
async fn a_session_that_is_used_outlives_newer_ones(app: TestApp) {
    let oldest = app.logged_in(ADA).await;
    app.advance(1);
    let second = app.logged_in(ADA).await;
    for _ in 2..50 {
        app.advance(1);
        app.log_in(ADA, PASSWORD).await.assert_ok();
    }
    app.advance(120);
    // One of them is a use, depending on the policy.
    oldest.refresh().await;
    oldest.me().await.assert_ok();
    app.flush_last_used().await;

    app.log_in(ADA, PASSWORD).await.assert_ok();

    oldest.me().await.assert_ok();
    second.me().await.assert_ended(EndReason::Replaced);
}

#[app_test(policies_with_cookies)]
async fn a_login_that_replaces_a_session_ends_no_other(app: TestApp) {
    let oldest = app.logged_in(ADA).await;
    for _ in 2..50 {
        app.advance(1);
        app.log_in(ADA, PASSWORD).await.assert_ok();
    }
    app.advance(1);
    let newest = app.logged_in(ADA).await;
    app.advance(1);

    let latest = newest.log_in_again().await;

    oldest.me().await.assert_ok();
    newest.me().await.assert_ended(EndReason::Replaced);
    assert_eq!(latest.sessions().await.len(), 50);
}

#[app_test(each_policy)]
async fn ended_sessions_do_not_count(app: TestApp) {
    let oldest = app.logged_in(ADA).await;
    app.advance(1);
    for _ in 0..60 {
        let short = app.logged_in(ADA).await;
        short.log_out().await.assert_ok();
    }
    oldest.refresh().await.assert_ok();
}

#[app_test(each_policy)]
async fn concurrent_logins_leave_fifty_sessions(app: TestApp) {
    let oldest = app.logged_in(ADA).await;
    app.advance(1);
    app.restart_with(|settings| settings.set("login_attempts", "off")).await;
    for _ in 0..3 {
        join_all((0..20).map(|_| app.log_in(ADA, PASSWORD))).await;
    }
    let browser = app.logged_in(ADA).await;
    assert_eq!(browser.sessions().await.len(), 50);
    oldest.me().await.assert_ended(EndReason::Replaced);
}

/// The use waits in memory.
#[app_test(policies_with_cookies)]
async fn a_use_that_is_not_written_yet_counts(app: TestApp) {
    let oldest = app.logged_in(ADA).await;
    for _ in 1..50 {
        app.advance(1);
        app.log_in(ADA, PASSWORD).await.assert_ok();
    }
    app.advance(120);
    // One of them is a use, depending on the policy.
    oldest.refresh().await;
    oldest.me().await.assert_ok();

    app.log_in(ADA, PASSWORD).await.assert_ok();

    oldest.me().await.assert_ok();
}
