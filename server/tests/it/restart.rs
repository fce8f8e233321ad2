//! A restart of the server, on the same database.

use doorward_api::EndReason;
use macro_rules_attribute::apply;

use crate::fixture::PASSWORD;

#[apply(under_each_policy!)]
async fn everybody_stays_logged_in(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    app.restart().await;

    ada.me().await.assert_ok();
    ada.account().await.assert_ok();
    ada.refresh().await.assert_ok();
    app.log_in("ada@example.com", PASSWORD).await.assert_ok();
}

#[apply(under_each_policy!)]
async fn r38_who_has_logged_out_stays_logged_out(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    ada.log_out().await.assert_ok();

    app.restart().await;

    ada.me().await.assert_ended(EndReason::LoggedOut);
    ada.refresh().await.assert_ended(EndReason::LoggedOut);
}

#[apply(under_each_policy!)]
async fn r38_until_the_last_second_of_the_longest_access_token(app: TestApp) {
    app.restart_with(|settings| settings.set("access_token_lifetime", "15m")).await;
    let ada = app.logged_in("ada@example.com").await;
    ada.log_out().await.assert_ok();

    app.advance(899);
    app.restart().await;

    app.state().revocations.sweep();
    ada.me().await.assert_ended(EndReason::LoggedOut);
}

#[apply(under_policies_with_cookies!)]
async fn r49_a_replaced_session_is_not_revived(app: TestApp) {
    let before = app.logged_in("ada@example.com").await;
    let after = before.log_in_again().await;

    app.restart().await;

    before.me().await.assert_ended(EndReason::Replaced);
    after.me().await.assert_ok();
}

#[apply(on_both_databases!)]
async fn the_keys_are_the_same_afterwards(app: TestApp) {
    let before = app.get("/.well-known/jwks.json").await.assert_ok().json();
    app.restart().await;
    assert_eq!(app.get("/.well-known/jwks.json").await.assert_ok().json(), before);
}

#[apply(under_policies_with_refresh_tokens!)]
async fn tokens_for_another_audience_or_issuer_are_refused_after_a_change(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    app.restart_with(|settings| settings.set("audience", "https://shop.example")).await;

    ada.me().await.assert_refused(doorward_api::ErrorCode::TokenInvalid);
    let mut ada = ada;
    ada.renew().await;
    ada.me().await.assert_ok();
    assert_eq!(ada.access_forgery().claims["aud"], "https://shop.example");
    assert_eq!(ada.access_forgery().claims["iss"], "https://doorward.test");
}
