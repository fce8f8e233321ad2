//! The idle timeout: a session that is not used ends.

use std::time::Duration;

use doorward_api::{EndReason, ErrorCode};
use futures::future::join;
use test_macros::app_test;

use crate::support::{Database, TestApp};

const ADA: &str = "ada@example.com";
const MINUTE: u64 = 60;

#[app_test(renewable_policies)]
async fn an_unused_session_ends_at_the_idle_timeout(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "1h")).await;
    let mut used = app.logged_in(ADA).await;
    let idle = app.logged_in(ADA).await;

    app.advance(60 * MINUTE);
    used.refresh_and_store().await;
    app.advance(1 + app.touch_interval(60 * MINUTE));

    used.refresh().await.assert_ok();
    idle.refresh().await.assert_ended(EndReason::Idle);
    app.advance(60 * MINUTE);
    used.refresh().await.assert_ok();
    idle.refresh().await.assert_ended(EndReason::Idle);
}

#[app_test(renewable_policies)]
async fn uses_survive_a_restart(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "1h")).await;
    let mut ada = app.logged_in(ADA).await;
    app.advance(59 * MINUTE);
    ada.refresh_and_store().await;
    app.flush_last_used().await;

    app.restart().await;

    app.advance(59 * MINUTE);
    ada.refresh_and_store().await;
}

#[app_test(renewable_policies)]
async fn the_idle_timeout_is_fixed_at_login(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "1h")).await;
    let ada = app.logged_in(ADA).await;

    app.restart_with(|settings| settings.set("session_idle", "off")).await;

    app.advance(2 * 60 * MINUTE);
    ada.refresh().await.assert_ended(EndReason::Idle);
}

#[app_test(policies_with_refresh_tokens)]
async fn an_access_token_never_outlives_the_idle_timeout(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "1m")).await;
    let mut ada = app.logged_in(ADA).await;
    assert_eq!(ada.token_response.expires_in, Some(60));
    app.advance(50);
    assert_eq!(ada.refresh_and_store().await.expires_in, Some(60));
    app.advance(60);
    ada.me().await.assert_refused(ErrorCode::TokenExpired);
}

#[tokio::test]
async fn a_use_on_another_node_counts_before_it_is_written() {
    let app = TestApp::start(Database::postgres().await).await;
    app.restart_with(|settings| settings.set("session_idle", "1m")).await;
    let mut ada = app.logged_in(ADA).await;
    let ada_on_other = ada.on_node(&app.another_node().await);
    app.advance(59);
    ada.refresh_and_store().await;
    app.advance_millis(1001);

    let write = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        app.flush_last_used().await;
    };
    let (response, ()) = join(ada_on_other.refresh(), write).await;

    response.assert_ok();
}
