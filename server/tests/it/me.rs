//! Who is logged in, from the access token alone where there is one.

use doorward_api::ErrorCode;
use macro_rules_attribute::apply;
use serde_json::json;

#[apply(under_each_policy!)]
async fn the_proof_says_who_it_is(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let expected = json!({"id": ada.grant.user.id, "name": "Ada Lovelace", "roles": []});
    assert_eq!(ada.me().await.assert_status(200).json(), expected);
}

#[apply(under_policies_with_access_tokens!)]
async fn no_database_is_asked(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for table in ["users", "sessions", "keys", "attempts", "events"] {
        app.database().lose(table).await;
    }
    ada.me().await.assert_ok();
}

#[apply(under_each_policy!)]
async fn without_a_token_nobody_is_told(app: TestApp) {
    for path in ["/api/me", "/api/account"] {
        app.get(path).await.assert_refused(ErrorCode::TokenMissing);
        app.get(path).header("authorization", "Basic YWRhOnB3").await.assert_refused(ErrorCode::TokenMissing);
        app.get(path).header("authorization", "Bearer ").await.assert_refused(ErrorCode::TokenInvalid);
    }
    app.post("/api/account/password").await.assert_refused(ErrorCode::TokenMissing);
}

#[apply(under_policies_with_access_tokens!)]
async fn the_scheme_may_be_written_in_any_case(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let token = ada.access_token();
    app.get("/api/me").header("authorization", format!("bearer {token}")).await.assert_ok();
    app.get("/api/me").header("authorization", format!("BEARER {token}")).await.assert_ok();
}

#[apply(under_policies_with_access_tokens!)]
async fn r63_a_token_is_taken_from_the_one_header_only(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let token = ada.access_token();

    app.get(&format!("/api/me?access_token={token}")).await.assert_refused(ErrorCode::TokenMissing);
    app.get("/api/me").header("cookie", format!("access_token={token}")).await.assert_refused(ErrorCode::TokenMissing);
    app.get("/api/me").cookie(token).await.assert_refused(ErrorCode::TokenMissing);
    app.get("/api/me").header("x-access-token", token).await.assert_refused(ErrorCode::TokenMissing);
    app.get("/api/me").header("authorization", format!("DPoP {token}")).await.assert_refused(ErrorCode::TokenMissing);
    app.get("/api/me").bearer(token).bearer(token).await.assert_refused(ErrorCode::TokenInvalid);
}

#[apply(on_both_databases!)]
async fn r29_the_cookie_opens_nothing_but_refresh_and_logout(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    for path in ["/api/me", "/api/account", "/api/activity", "/api/sessions", "/api/sessions/events"] {
        app.get(path).cookie(&ada.kept).await.assert_refused(ErrorCode::TokenMissing);
    }
    let form = json!({"current_password": "x", "new_password": "y"});
    let answer = app.post("/api/account/password").cookie(&ada.kept).json(&form).await;
    answer.assert_refused(ErrorCode::TokenMissing);
}

#[apply(under_policies_with_access_tokens!)]
async fn r57_a_token_lives_until_the_second_it_names(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    app.advance(ada.grant.expires_in.expect("a life").unsigned_abs() - 1);
    ada.me().await.assert_ok();
    app.advance(1);
    ada.me().await.assert_refused(ErrorCode::TokenExpired);
    ada.account().await.assert_refused(ErrorCode::TokenExpired);
}

#[apply(under_policies_with_access_tokens!)]
async fn r61_the_operator_chooses_the_life_of_a_token(app: TestApp) {
    app.restart_with(|settings| settings.set("access_token_lifetime", "5s")).await;
    let ada = app.logged_in("ada@example.com").await;
    assert_eq!(ada.grant.expires_in, Some(5));
    app.advance(5);
    ada.me().await.assert_refused(ErrorCode::TokenExpired);

    for impossible in ["16m", "4s", "off", "0"] {
        let refused = app.try_restart_with(|settings| settings.set("access_token_lifetime", impossible)).await;
        assert!(refused.expect_err(impossible).contains("access_token_lifetime"));
    }
}
