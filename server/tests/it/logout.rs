//! `POST /api/auth/logout`.

use doorward_api::{EndReason, ErrorCode};
use futures::future::join;
use serde_json::json;
use test_macros::app_test;

use crate::support::{Response, TestApp};

fn assert_logged_out(response: Response) {
    // The cleared cookies are checked on every response.
    let response = response.assert_status(204);
    assert!(response.body.is_empty());
}

#[app_test(each_policy)]
async fn a_logout_ends_the_session_and_its_access_token_at_once(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let other_browser = app.logged_in("ada@example.com").await;

    assert_logged_out(ada.log_out().await);

    ada.me().await.assert_ended(EndReason::LoggedOut);
    ada.account().await.assert_ended(EndReason::LoggedOut);
    ada.refresh().await.assert_ended(EndReason::LoggedOut);
    ada.change_password("a", "b").await.assert_ended(EndReason::LoggedOut);
    other_browser.me().await.assert_ok();
    other_browser.refresh().await.assert_ok();
}

#[app_test(renewable_policies)]
async fn the_stored_credential_alone_logs_out(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    assert_logged_out(app.post("/api/auth/logout").with_credential_of(&ada).await);
    ada.me().await.assert_ended(EndReason::LoggedOut);
}

#[app_test(policies_with_access_tokens)]
async fn the_access_token_alone_logs_out(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    assert_logged_out(app.post("/api/auth/logout").bearer(ada.access_token()).await);
    ada.me().await.assert_ended(EndReason::LoggedOut);
    ada.refresh().await.assert_ended(EndReason::LoggedOut);
}

#[app_test(policies_with_access_tokens)]
async fn a_client_that_is_no_browser_needs_no_origin(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let response = app.post("/api/auth/logout").without_header("sec-fetch-site").bearer(ada.access_token()).await;
    assert_logged_out(response);
    ada.refresh().await.assert_ended(EndReason::LoggedOut);
}

#[app_test(each_policy)]
async fn a_logout_is_idempotent(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let (first, second) = join(ada.log_out(), ada.log_out()).await;
    assert_logged_out(first);
    assert_logged_out(second);
    assert_logged_out(ada.log_out().await);
    ada.refresh().await.assert_ended(EndReason::LoggedOut);

    let ends = app.database().value("select count(*) from events where kind = 'session_ended'").await;
    assert_eq!(ends, "1", "the session ended once");
}

#[app_test(policies_with_refresh_tokens)]
async fn a_logout_without_valid_credentials_succeeds(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let forged = ada.refresh_forgery().claim("iss", json!("https://evil.example")).signed_as_refresh_token(&app);
    app.database().execute("delete from sessions").await;

    assert_logged_out(app.post("/api/auth/logout").await);
    assert_logged_out(app.log_out_with("nonsense").bearer("nonsense").await);
    assert_logged_out(app.log_out_with(&forged).await);
    assert_logged_out(ada.log_out().await);
}

#[app_test(renewable_policies)]
async fn a_logout_of_an_expired_session_succeeds(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    app.advance(40 * 24 * 3600);
    assert_logged_out(ada.log_out().await);
    ada.refresh().await.assert_ended(EndReason::Idle);
}

#[app_test(policies_with_refresh_tokens)]
async fn a_forged_token_ends_no_session(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    let unsigned = ada.refresh_forgery().header("alg", json!("none")).unsigned();
    assert_logged_out(app.log_out_with(&unsigned).bearer(&unsigned).await);
    let swapped = app.log_out_with(ada.access_token()).bearer(&ada.credential).await;
    assert_logged_out(swapped);

    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

#[app_test]
async fn a_logout_ends_every_session_of_the_request(app: TestApp) {
    let phone = app.logged_in("ada@example.com").await;
    let laptop = app.logged_in("ada@example.com").await;

    assert_logged_out(
        app.post("/api/auth/logout").refresh_cookie(&phone.credential).bearer(laptop.access_token()).await,
    );

    phone.refresh().await.assert_ended(EndReason::LoggedOut);
    laptop.me().await.assert_ended(EndReason::LoggedOut);
}

#[app_test(policies_with_refresh_tokens)]
async fn no_access_token_of_a_racing_refresh_outlives_the_logout(app: TestApp) {
    for _ in 0..10 {
        let ada = app.logged_in("ada@example.com").await;
        let (refresh, logout) = join(ada.refresh(), ada.log_out()).await;
        assert_logged_out(logout);
        if refresh.status == 200 {
            let token = refresh.json()["access_token"].as_str().expect("a token").to_owned();
            app.get("/api/me").bearer(&token).await.assert_ended(EndReason::LoggedOut);
        }
    }
}

#[app_test(each_policy)]
async fn a_user_can_log_in_again_after_a_logout(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    ada.log_out().await.assert_ok();

    let again = app.logged_in("ada@example.com").await;

    again.me().await.assert_ok();
    ada.me().await.assert_refused(ErrorCode::SessionEnded);
}
