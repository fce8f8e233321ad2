//! Forged access tokens at the API. Every kind of forgery is tried in `verify/tests/forged.rs`; here a selection shows
//! that the server uses those checks, with its own issuer, audience and keys.

use doorward_api::{EndReason, ErrorCode};
use jsonwebtoken::{Algorithm, EncodingKey};
use macro_rules_attribute::apply;
use serde_json::{Value, json};

use crate::fixture::{ForeignKey, Forgery, TestApp};

async fn assert_refused(app: &TestApp, what: &str, token: &str) {
    for path in ["/api/me", "/api/account"] {
        let answer = app.get(path).bearer(token).await;
        assert_eq!(answer.status, 401, "{what}: {answer:?}");
        answer.assert_refused(ErrorCode::TokenInvalid);
    }
}

#[apply(under_policies_with_access_tokens!)]
async fn a_token_put_together_again_as_it_was_is_good(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let again = ada.access_forgery().signed_for_access(&app);
    app.get("/api/me").bearer(&again).await.assert_ok();
}

#[apply(under_policies_with_access_tokens!)]
async fn r51_signatures_that_are_not_ours_are_refused(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let forgery = ada.access_forgery();
    let foreign = ForeignKey::ed25519().0;
    let public = app.state().key_ring.current().public.keys[0].x.clone();
    let (message, signature) = ada.access_token().rsplit_once('.').expect("a signature");

    let tokens = [
        ("another key", forgery.signed(Algorithm::EdDSA, &foreign)),
        ("no signature", format!("{message}.")),
        ("alg none", forgery.clone().header("alg", json!("none")).unsigned()),
        ("alg None", forgery.clone().header("alg", json!("None")).unsigned()),
        (
            "the public key as a secret",
            forgery
                .clone()
                .header("alg", json!("HS256"))
                .signed(Algorithm::HS256, &EncodingKey::from_secret(public.as_bytes())),
        ),
        (
            "other claims",
            format!(
                "{}.{signature}",
                forgery.clone().claim("roles", json!(["admin"])).unsigned().trim_end_matches('.')
            ),
        ),
        ("a signature cut short", ada.access_token()[..ada.access_token().len() - 1].to_owned()),
        ("padding", format!("{}=", ada.access_token())),
        ("a fourth part", format!("{}.", ada.access_token())),
        ("two parts", message.to_owned()),
        ("nothing", String::new()),
        ("much", "x".repeat(100_000)),
    ];
    for (what, token) in tokens {
        assert_refused(&app, what, &token).await;
    }
}

#[apply(under_policies_with_access_tokens!)]
async fn r51_to_r56_tokens_of_ours_that_were_made_for_something_else_are_refused(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let good = ada.access_forgery();
    let header = |name: &str, value: Value| good.clone().header(name, value);
    let claim = |name: &str, value: Value| good.clone().claim(name, value);
    let now = app.seconds();

    let forgeries: Vec<(&str, Forgery)> = vec![
        ("another issuer", claim("iss", json!("https://evil.example"))),
        ("an issuer with a slash", claim("iss", json!("https://doorward.test/"))),
        ("another audience", claim("aud", json!("https://shop.example"))),
        ("a list of audiences", claim("aud", json!(["https://doorward.test"]))),
        ("typ JWT", header("typ", json!("JWT"))),
        ("typ of a refresh token", header("typ", json!("rt+jwt"))),
        ("no typ", header("typ", Value::Null)),
        ("no kid", header("kid", Value::Null)),
        ("an unknown kid", header("kid", json!("other"))),
        ("a path as kid", header("kid", json!("../../etc/passwd"))),
        ("SQL as kid", header("kid", json!("' or 1=1 --"))),
        ("crit", header("crit", json!(["exp"]))),
        ("jku", header("jku", json!("https://evil.example/jwks.json"))),
        ("jwk", header("jwk", json!({"kty": "OKP"}))),
        ("issued in the future", claim("iat", json!(now + 1))),
        ("not valid yet", claim("nbf", json!(now + 1))),
        ("a life of sixteen minutes", claim("exp", json!(now + 960))),
        ("no session", claim("sid", Value::Null)),
        ("no end", claim("exp", Value::Null)),
        ("an end in a text", claim("exp", json!((now + 60).to_string()))),
    ];
    for (what, forgery) in forgeries {
        assert_refused(&app, what, &forgery.signed_for_access(&app)).await;
    }
}

#[apply(under_policies_with_refresh_tokens!)]
async fn r55_a_refresh_token_is_no_access_token(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    assert_refused(&app, "the refresh token", &ada.kept).await;
    let dressed = ada.access_forgery().header("alg", json!("HS256")).header("kid", Value::Null);
    assert_refused(&app, "signed with its key", &dressed.signed_for_refresh(&app)).await;
}

#[apply(on_both_databases!)]
async fn a_genuine_token_of_another_server_is_refused(app: TestApp) {
    let elsewhere = TestApp::start(crate::fixture::Database::sqlite()).await;
    let eve = elsewhere.logged_in("eve@example.com").await;

    assert_refused(&app, "of another server", eve.access_token()).await;
    // Both servers of these tests have the same master secret, so its refresh token is well signed; but nobody knows it.
    app.post("/api/auth/refresh").cookie(&eve.kept).await.assert_ended(EndReason::Unknown);
}

#[apply(under_policies_with_access_tokens!)]
async fn an_expired_token_is_told_from_an_invalid_one(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    app.advance(ada.grant.expires_in.expect("a life").unsigned_abs());
    ada.me().await.assert_refused(ErrorCode::TokenExpired);

    let foreign = ada.access_forgery().signed(Algorithm::EdDSA, &ForeignKey::ed25519().0);
    assert_refused(&app, "forged and expired", &foreign).await;
    let elsewhere = ada.access_forgery().claim("aud", json!("https://shop.example")).signed_for_access(&app);
    assert_refused(&app, "for somebody else and expired", &elsewhere).await;
}

#[apply(under_policies_with_access_tokens!)]
async fn a_token_for_a_user_who_does_not_exist_shows_no_account(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let nobody = ada.access_forgery().claim("sub", json!("' or '1'='1")).signed_for_access(&app);
    app.get("/api/account").bearer(&nobody).await.assert_refused(ErrorCode::SessionEnded);
}
