//! Logging out.

use doorward_api::{EndReason, ErrorCode};
use futures::future::join;
use macro_rules_attribute::apply;
use serde_json::json;

use crate::fixture::Answer;

fn assert_logged_out(answer: Answer) {
    // Which cookies are cleared is checked on every answer.
    let answer = answer.assert_status(204);
    assert!(answer.body.is_empty());
}

#[apply(under_each_policy!)]
async fn r30_r37_who_logs_out_is_out_at_once(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let elsewhere = app.logged_in("ada@example.com").await;

    assert_logged_out(ada.log_out().await);

    ada.me().await.assert_ended(EndReason::LoggedOut);
    ada.account().await.assert_ended(EndReason::LoggedOut);
    ada.refresh().await.assert_ended(EndReason::LoggedOut);
    ada.change_password("a", "b").await.assert_ended(EndReason::LoggedOut);
    elsewhere.me().await.assert_ok();
    elsewhere.refresh().await.assert_ok();
}

#[apply(under_policies_that_renew!)]
async fn what_the_browser_keeps_is_enough(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    assert_logged_out(app.post("/api/auth/logout").presenting(&ada).await);
    ada.me().await.assert_ended(EndReason::LoggedOut);
}

#[apply(under_policies_with_access_tokens!)]
async fn the_access_token_alone_is_enough(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    assert_logged_out(app.post("/api/auth/logout").bearer(ada.access_token()).await);
    ada.me().await.assert_ended(EndReason::LoggedOut);
    ada.refresh().await.assert_ended(EndReason::LoggedOut);
}

#[apply(under_policies_with_access_tokens!)]
async fn a_command_line_client_needs_no_browser_headers(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let answer = app.post("/api/auth/logout").without("sec-fetch-site").bearer(ada.access_token()).await;
    assert_logged_out(answer);
    ada.refresh().await.assert_ended(EndReason::LoggedOut);
}

#[apply(under_each_policy!)]
async fn logging_out_twice_is_as_good_as_once(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let (first, second) = join(ada.log_out(), ada.log_out()).await;
    assert_logged_out(first);
    assert_logged_out(second);
    assert_logged_out(ada.log_out().await);
    ada.refresh().await.assert_ended(EndReason::LoggedOut);

    let ends = app.database().value("select count(*) from events where kind = 'session_ended'").await;
    assert_eq!(ends, "1", "one session ends once");
}

#[apply(under_policies_with_refresh_tokens!)]
async fn with_nothing_or_something_dead_nobody_is_logged_in_either(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let forged = ada.refresh_forgery().claim("iss", json!("https://evil.example")).signed_for_refresh(&app);
    app.database().execute("delete from sessions").await;

    assert_logged_out(app.post("/api/auth/logout").await);
    assert_logged_out(app.log_out_with("nonsense").bearer("nonsense").await);
    assert_logged_out(app.log_out_with(&forged).await);
    assert_logged_out(ada.log_out().await);
}

#[apply(under_policies_that_renew!)]
async fn a_session_that_is_long_over_can_be_logged_out_of(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    app.advance(40 * 24 * 3600);
    assert_logged_out(ada.log_out().await);
    ada.refresh().await.assert_ended(EndReason::Idle);
}

#[apply(under_policies_with_refresh_tokens!)]
async fn a_forged_token_logs_nobody_out(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    let unsigned = ada.refresh_forgery().header("alg", json!("none")).unsigned();
    assert_logged_out(app.log_out_with(&unsigned).bearer(&unsigned).await);
    let swapped = app.log_out_with(ada.access_token()).bearer(&ada.kept).await;
    assert_logged_out(swapped);

    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}

#[apply(on_both_databases!)]
async fn two_sessions_in_one_request_both_end(app: TestApp) {
    let phone = app.logged_in("ada@example.com").await;
    let laptop = app.logged_in("ada@example.com").await;

    assert_logged_out(app.post("/api/auth/logout").cookie(&phone.kept).bearer(laptop.access_token()).await);

    phone.refresh().await.assert_ended(EndReason::LoggedOut);
    laptop.me().await.assert_ended(EndReason::LoggedOut);
}

#[apply(under_policies_with_refresh_tokens!)]
async fn f5_no_access_token_of_a_racing_refresh_outlives_the_logout(app: TestApp) {
    for _ in 0..10 {
        let ada = app.logged_in("ada@example.com").await;
        let (refreshed, out) = join(ada.refresh(), ada.log_out()).await;
        assert_logged_out(out);
        if refreshed.status == 200 {
            let token = refreshed.json()["access_token"].as_str().expect("a token").to_owned();
            app.get("/api/me").bearer(&token).await.assert_ended(EndReason::LoggedOut);
        }
    }
}

#[apply(under_each_policy!)]
async fn after_logging_out_one_can_log_in_again(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    ada.log_out().await.assert_ok();

    let again = app.logged_in("ada@example.com").await;

    again.me().await.assert_ok();
    ada.me().await.assert_refused(ErrorCode::SessionEnded);
}
