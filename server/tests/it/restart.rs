//! Restarts of the server on the same database.

use doorward_api::EndReason;
use test_macros::app_test;

use crate::support::{PASSWORD, ServerProcess, TestApp, run_cli};

#[app_test(each_policy)]
async fn sessions_survive_a_restart(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    app.restart().await;

    ada.me().await.assert_ok();
    ada.account().await.assert_ok();
    ada.refresh().await.assert_ok();
    app.log_in("ada@example.com", PASSWORD).await.assert_ok();
}

#[app_test(each_policy)]
async fn an_ended_session_stays_ended(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    ada.log_out().await.assert_ok();

    app.restart().await;

    ada.me().await.assert_ended(EndReason::LoggedOut);
    ada.refresh().await.assert_ended(EndReason::LoggedOut);
}

#[app_test(each_policy)]
async fn an_ended_session_stays_revoked_until_its_last_access_token_expires(app: TestApp) {
    app.restart_with(|settings| settings.set("access_token_lifetime", "15m")).await;
    let ada = app.logged_in("ada@example.com").await;
    ada.log_out().await.assert_ok();

    app.advance(899);
    app.restart().await;

    app.drop_expired_revocations();
    ada.me().await.assert_ended(EndReason::LoggedOut);
}

#[app_test(policies_with_cookies)]
async fn a_replaced_session_stays_ended(app: TestApp) {
    let replaced = app.logged_in("ada@example.com").await;
    let latest = replaced.log_in_again().await;

    app.restart().await;

    replaced.me().await.assert_ended(EndReason::Replaced);
    latest.me().await.assert_ok();
}

#[app_test]
async fn a_changed_public_url_is_reported(app: TestApp) {
    let database = app.database();
    let preview = |url| format!("policy preview --public-url {url}");
    let warning = async |url| run_cli(database, &preview(url), "").await.assert_success();
    assert!(warning("https://other.test").await.contains("last used with https://doorward.test"), "before");
    assert!(!warning("https://doorward.test").await.contains("last used"));

    let check = run_cli(database, "config check --public-url https://other.test", "").await;
    assert!(check.stdout.contains("warning: public_url: https://other.test, but"), "{check:?}");
    let url = ("DOORWARD_PUBLIC_URL", "http://127.0.0.1:4000");
    for (has_changed, start) in [(true, "first"), (false, "second")] {
        let mut server = ServerProcess::start_with(database, &[url, ("DOORWARD_LOG", "warn")]).await;
        server.signal("-TERM").await;
        server.exit_status().await;
        let log = server.log().await;
        assert_eq!(log.contains("last used with https://doorward.test"), has_changed, "{start}: {log}");
    }
}

#[app_test]
async fn the_keys_survive_a_restart(app: TestApp) {
    let before = app.get("/.well-known/jwks.json").await.assert_ok().json();
    app.restart().await;
    assert_eq!(app.get("/.well-known/jwks.json").await.assert_ok().json(), before);
}

#[app_test(policies_with_refresh_tokens)]
async fn tokens_for_a_former_audience_are_rejected(app: TestApp) {
    let mut ada = app.logged_in("ada@example.com").await;

    app.restart_with(|settings| settings.set("audience", "https://shop.example")).await;

    ada.me().await.assert_refused(doorward_api::ErrorCode::TokenInvalid);
    ada.refresh_and_store().await;
    ada.me().await.assert_ok();
    assert_eq!(ada.access_forgery().claims["aud"], "https://shop.example");
    assert_eq!(ada.access_forgery().claims["iss"], "https://doorward.test");
}
