//! Forged access tokens at the API. `verify/tests/forged.rs` tries every kind of forgery; the selection here shows that
//! the server uses those checks, with its own issuer, audience and keys.

use doorward_api::{EndReason, ErrorCode};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use test_macros::app_test;

use crate::support::{Database, Forgery, TestApp, UnknownKey};

async fn assert_rejected(app: &TestApp, what: &str, token: &str) {
    for path in ["/api/me", "/api/account"] {
        let response = app.get(path).bearer(token).await;
        assert_eq!(response.status, 401, "{what}: {response:?}");
        response.assert_refused(ErrorCode::TokenInvalid);
    }
}

#[app_test(policies_with_access_tokens)]
async fn a_token_signed_again_unchanged_is_accepted(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let copy = ada.access_forgery().signed_as_access_token(&app);
    app.get("/api/me").bearer(&copy).await.assert_ok();
}

#[app_test(policies_with_access_tokens)]
async fn tokens_that_the_server_did_not_sign_are_rejected(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let forgery = ada.access_forgery();
    let unknown_key = UnknownKey::ed25519().0;
    let public = app.state().key_ring.current().jwks.keys[0].x.clone();
    let (message, signature) = ada.access_token().rsplit_once('.').expect("a signature");

    let tokens = [
        ("another key", forgery.signed(Algorithm::EdDSA, &unknown_key)),
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
        ("an empty token", String::new()),
        ("100 kB", "x".repeat(100_000)),
    ];
    for (what, token) in tokens {
        assert_rejected(&app, what, &token).await;
    }
}

#[app_test(policies_with_access_tokens)]
async fn signed_tokens_with_a_wrong_header_or_claim_are_rejected(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let genuine = ada.access_forgery();
    let header = |name: &str, value: Value| genuine.clone().header(name, value);
    let claim = |name: &str, value: Value| genuine.clone().claim(name, value);
    let now = app.unix_time();

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
        ("a lifetime of sixteen minutes", claim("exp", json!(now + 960))),
        ("no session", claim("sid", Value::Null)),
        ("no expiry", claim("exp", Value::Null)),
        ("an expiry in a string", claim("exp", json!((now + 60).to_string()))),
    ];
    for (what, forgery) in forgeries {
        assert_rejected(&app, what, &forgery.signed_as_access_token(&app)).await;
    }
}

#[app_test(policies_with_refresh_tokens)]
async fn a_refresh_token_is_rejected(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    assert_rejected(&app, "the refresh token", &ada.credential).await;
    let disguised = ada.access_forgery().header("alg", json!("HS256")).header("kid", Value::Null);
    assert_rejected(&app, "an access token with the refresh token's key", &disguised.signed_as_refresh_token(&app))
        .await;
}

#[app_test]
async fn tokens_of_another_server_are_rejected(app: TestApp) {
    let other_server = TestApp::start(Database::sqlite()).await;
    let eve = other_server.logged_in("eve@example.com").await;

    assert_rejected(&app, "an access token of another server", eve.access_token()).await;
    // All servers under test have the same master secret, so the signature of the refresh token is valid, but there is no
    // such session.
    app.post("/api/auth/refresh").refresh_cookie(&eve.credential).await.assert_ended(EndReason::Unknown);
}

#[app_test(policies_with_access_tokens)]
async fn only_a_token_that_was_valid_is_reported_as_expired(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    app.advance(ada.token_response.expires_in.expect("a lifetime").unsigned_abs());
    ada.me().await.assert_refused(ErrorCode::TokenExpired);

    let forged = ada.access_forgery().signed(Algorithm::EdDSA, &UnknownKey::ed25519().0);
    assert_rejected(&app, "forged and expired", &forged).await;
    let for_another_audience =
        ada.access_forgery().claim("aud", json!("https://shop.example")).signed_as_access_token(&app);
    assert_rejected(&app, "for another audience and expired", &for_another_audience).await;
}

#[app_test(policies_with_access_tokens)]
async fn a_token_of_an_unknown_user_shows_no_account(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let unknown_user = ada.access_forgery().claim("sub", json!("' or '1'='1")).signed_as_access_token(&app);
    app.get("/api/account").bearer(&unknown_user).await.assert_refused(ErrorCode::SessionEnded);
}
