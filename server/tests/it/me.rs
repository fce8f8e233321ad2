//! `GET /api/me`: the caller, from the access token alone where there is one.

use doorward_api::{EndReason, ErrorCode};
use serde_json::json;
use test_macros::app_test;

use crate::support::TestApp;

#[app_test(each_policy)]
async fn the_credential_identifies_the_user(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let expected = json!({"id": ada.user_id(), "name": "Ada Lovelace", "roles": []});
    assert_eq!(ada.me().await.assert_status(200).json(), expected);
}

#[app_test(policies_with_access_tokens)]
async fn an_access_token_needs_no_database(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for table in ["users", "sessions", "keys", "attempts", "events"] {
        app.database().break_table(table).await;
    }
    ada.me().await.assert_ok();
}

#[app_test(each_policy)]
async fn requests_without_a_valid_token_are_refused(app: TestApp) {
    for path in ["/api/me", "/api/account"] {
        app.get(path).await.assert_refused(ErrorCode::TokenMissing);
        app.get(path).header("authorization", "Basic YWRhOnB3").await.assert_refused(ErrorCode::TokenMissing);
        app.get(path).header("authorization", "Bearer ").await.assert_refused(ErrorCode::TokenInvalid);
    }
    app.post("/api/account/password").await.assert_refused(ErrorCode::TokenMissing);
}

#[app_test(policies_with_access_tokens)]
async fn the_authorization_scheme_is_case_insensitive(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let token = ada.access_token();
    app.get("/api/me").header("authorization", format!("bearer {token}")).await.assert_ok();
    app.get("/api/me").header("authorization", format!("BEARER {token}")).await.assert_ok();
}

#[app_test(policies_with_access_tokens)]
async fn an_access_token_is_accepted_only_in_the_authorization_header(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let token = ada.access_token();

    app.get(&format!("/api/me?access_token={token}")).await.assert_refused(ErrorCode::TokenMissing);
    app.get("/api/me").header("cookie", format!("access_token={token}")).await.assert_refused(ErrorCode::TokenMissing);
    app.get("/api/me").refresh_cookie(token).await.assert_refused(ErrorCode::TokenMissing);
    app.get("/api/me").header("x-access-token", token).await.assert_refused(ErrorCode::TokenMissing);
    app.get("/api/me").header("authorization", format!("DPoP {token}")).await.assert_refused(ErrorCode::TokenMissing);
    app.get("/api/me").bearer(token).bearer(token).await.assert_refused(ErrorCode::TokenInvalid);
}

#[app_test]
async fn the_refresh_cookie_authorizes_no_other_request(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for path in ["/api/me", "/api/account", "/api/activity", "/api/sessions", "/api/sessions/events"] {
        app.get(path).refresh_cookie(&ada.credential).await.assert_refused(ErrorCode::TokenMissing);
    }
    let form = json!({"current_password": "x", "new_password": "y"});
    let response = app.post("/api/account/password").refresh_cookie(&ada.credential).json(&form).await;
    response.assert_refused(ErrorCode::TokenMissing);
}

#[app_test(policies_with_access_tokens)]
async fn an_access_token_expires_at_the_second_it_names(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    app.advance(ada.token_response.expires_in.expect("a lifetime").unsigned_abs() - 1);
    ada.me().await.assert_ok();
    app.advance(1);
    ada.me().await.assert_refused(ErrorCode::TokenExpired);
    ada.account().await.assert_refused(ErrorCode::TokenExpired);
}

#[app_test(policies_with_access_tokens)]
async fn the_access_token_lifetime_is_configurable_within_bounds(app: TestApp) {
    app.restart_with(|settings| settings.set("access_token_lifetime", "5s")).await;
    let ada = app.logged_in("ada@example.com").await;
    assert_eq!(ada.token_response.expires_in, Some(5));
    app.advance(5);
    ada.me().await.assert_refused(ErrorCode::TokenExpired);

    for impossible in ["16m", "4s", "off", "0"] {
        let refused = app.try_restart_with(|settings| settings.set("access_token_lifetime", impossible)).await;
        assert!(refused.expect_err(impossible).contains("access_token_lifetime"));
    }
}

/// The proxy in front may have an authentication of its own.
const OF_OTHERS: [&str; 4] =
    ["Basic YWRhOnB3", "Negotiate YIIJvwYGKwYBBQUC", "Digest username=\"ada\", nc=00000001", "x"];

#[app_test(each_policy)]
async fn authorization_of_other_schemes_is_ignored(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for other in OF_OTHERS {
        for path in ["/api/me", "/api/account", "/api/sessions", "/api/activity"] {
            ada.get(path).header("authorization", other).await.assert_ok();
        }
        // In front of the credential of ours, and twice.
        let first = app.get("/api/me").header("authorization", other).authorized_by(&ada);
        first.header("authorization", other).await.assert_ok();
        let stream = ada.get("/api/sessions/events").header("authorization", other).stream().await;
        assert!(stream.is_ok(), "{other}");
        app.get("/api/me").header("authorization", other).await.assert_refused(ErrorCode::TokenMissing);
    }
}

#[app_test(each_policy)]
async fn authorization_of_other_schemes_does_not_keep_a_session_alive(app: TestApp) {
    for other in OF_OTHERS {
        let ada = app.logged_in("ada@example.com").await;
        let log_out = app.post("/api/auth/logout").header("authorization", other).authorized_by(&ada);
        log_out.await.assert_status(204);
        ada.me().await.assert_ended(EndReason::LoggedOut);
    }
}

#[app_test(policies_with_access_tokens)]
async fn one_of_two_access_tokens_is_not_chosen(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let token = ada.access_token();
    let two = app.get("/api/me").bearer(token).header("authorization", "Basic x").bearer(token);
    two.await.assert_refused(ErrorCode::TokenInvalid);
    // A token that is not valid is rejected, with any other header beside it.
    let invalid = app.get("/api/me").header("authorization", "Basic x").bearer("x").with_cookie_of(&ada);
    invalid.await.assert_refused(ErrorCode::TokenInvalid);
}
