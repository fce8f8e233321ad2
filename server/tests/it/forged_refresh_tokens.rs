//! Forged refresh tokens are rejected, and end no session.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use doorward_api::EndReason;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use test_macros::app_test;

use crate::support::{Forgery, TestApp, UnknownKey};

async fn assert_rejected(app: &TestApp, what: &str, token: &str) {
    let response = app.refresh_with(token).await;
    assert_eq!(response.status, 401, "{what}: {response:?}");
    response.assert_ended(EndReason::Unknown);
}

#[app_test(policies_with_refresh_tokens)]
async fn a_token_signed_again_unchanged_is_accepted(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let copy = ada.refresh_forgery().signed_as_refresh_token(&app);
    app.refresh_with(&copy).await.assert_ok();
}

#[app_test(policies_with_refresh_tokens)]
async fn tokens_that_the_server_did_not_sign_are_rejected(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let forgery = ada.refresh_forgery();
    let (message, signature) = ada.credential.rsplit_once('.').expect("a signature");
    let none = forgery.clone().header("alg", json!("none"));

    let tokens = [
        ("another secret", forgery.signed(Algorithm::HS256, &EncodingKey::from_secret(b"guessed"))),
        ("no secret", forgery.signed(Algorithm::HS256, &EncodingKey::from_secret(b""))),
        (
            "another algorithm",
            forgery.clone().header("alg", json!("HS512")).signed(Algorithm::HS512, &EncodingKey::from_secret(b"x")),
        ),
        (
            "a key pair",
            forgery.clone().header("alg", json!("EdDSA")).signed(Algorithm::EdDSA, &UnknownKey::ed25519().0),
        ),
        ("alg none", none.unsigned()),
        ("alg none with the signature", format!("{}{signature}", none.unsigned())),
        ("no signature", format!("{message}.")),
        ("other claims", format!("{}{signature}", forgery.clone().claim("sub", json!("eve")).unsigned())),
        ("padding", format!("{}=", ada.credential)),
        ("a fourth part", format!("{}.x", ada.credential)),
        ("two parts", message.to_owned()),
        ("quotes", format!("\"{}\"", ada.credential)),
        ("an empty token", String::new()),
        ("4097 bytes", "x".repeat(4097)),
    ];
    for (what, token) in tokens {
        assert_rejected(&app, what, &token).await;
    }
    ada.refresh().await.assert_ok();
}

#[app_test(policies_with_refresh_tokens)]
async fn signed_tokens_with_a_wrong_header_or_claim_are_rejected(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let genuine = ada.refresh_forgery();
    let header = |name: &str, value: Value| genuine.clone().header(name, value);
    let claim = |name: &str, value: Value| genuine.clone().claim(name, value);
    let now = app.unix_time();

    let mut forgeries: Vec<(String, Forgery)> = vec![
        ("another issuer".into(), claim("iss", json!("https://evil.example"))),
        ("a list of issuers".into(), claim("iss", json!(["https://doorward.test"]))),
        ("another session".into(), claim("sid", json!("0".repeat(32)))),
        ("another token id".into(), claim("jti", json!("0".repeat(64)))),
        ("an unknown claim".into(), claim("roles", json!(["admin"]))),
        ("issued after its expiry".into(), claim("iat", json!(i64::MAX))),
        ("issued before 1970".into(), claim("iat", json!(-1))),
        ("an expiry in a string".into(), claim("exp", json!((now + 60).to_string()))),
        ("an expiry that is no integer".into(), claim("exp", json!(1.5e10))),
        ("an expiry beyond 64 bits".into(), claim("exp", json!(u64::MAX))),
        ("typ of an access token".into(), header("typ", json!("at+jwt"))),
        ("typ JWT".into(), header("typ", json!("JWT"))),
        ("a kid".into(), header("kid", json!("x"))),
        ("crit".into(), header("crit", json!(["b64"]))),
        ("jwk".into(), header("jwk", json!({"kty": "oct", "k": "AA"}))),
    ];
    forgeries.extend(
        ["iss", "sub", "sid", "jti", "iat", "exp"].map(|name| (format!("no {name}"), claim(name, Value::Null))),
    );
    forgeries.extend(["typ", "alg"].map(|name| (format!("no {name}"), header(name, Value::Null))));
    for (what, forgery) in forgeries {
        assert_rejected(&app, &what, &forgery.signed_as_refresh_token(&app)).await;
    }
    assert_rejected(
        &app,
        "a token of no session",
        &Forgery::refresh_token_of_no_session(&app).signed_as_refresh_token(&app),
    )
    .await;
}

#[app_test(policies_with_refresh_tokens)]
async fn a_later_expiry_in_the_token_does_not_extend_the_session(app: TestApp) {
    app.restart_with(|settings| settings.set("session_lifetime", "1h")).await;
    let ada = app.logged_in("ada@example.com").await;
    let longer = ada.refresh_forgery().claim("exp", json!(app.unix_time() + 1_000_000)).signed_as_refresh_token(&app);

    app.advance(3599);
    let response = app.refresh_with(&longer).await.assert_ok();
    assert_eq!(response.json()["expires_in"], 1);
    app.advance(1);

    app.refresh_with(&longer).await.assert_ended(EndReason::Expired);
}

#[app_test(policies_with_refresh_tokens)]
async fn an_access_token_is_rejected(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    assert_rejected(&app, "the access token", ada.access_token()).await;
    let disguised = ada.refresh_forgery().header("alg", json!("EdDSA")).signed_as_access_token(&app);
    assert_rejected(&app, "a refresh token with the access token's key", &disguised).await;
}

#[app_test(policies_with_refresh_tokens)]
async fn an_expired_token_is_reported_as_expired(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "off")).await;
    let ada = app.logged_in("ada@example.com").await;
    app.advance(30 * 24 * 3600 - 1);
    ada.refresh().await.assert_ok();
    app.advance(1);
    ada.refresh().await.assert_ended(EndReason::Expired);
}

#[app_test(policies_with_refresh_tokens)]
async fn token_ids_are_256_random_bits(app: TestApp) {
    let mut ids = std::collections::HashSet::new();
    for _ in 0..20 {
        let ada = app.logged_in("ada@example.com").await;
        let id = ada.refresh_forgery().claims["jti"].as_str().expect("a jti").to_owned();
        assert_eq!(hex::decode(&id).expect("hex").len(), 32);
        assert!(ids.insert(id));
    }
}

#[app_test(policies_with_refresh_tokens)]
async fn only_the_canonical_encoding_of_a_token_is_accepted(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let parts: Vec<_> = ada.credential.split('.').collect();
    let spaced = URL_SAFE_NO_PAD.encode(format!(" {}", ada.refresh_forgery().header));
    assert_rejected(&app, "spaces before the header", &format!("{spaced}.{}.{}", parts[1], parts[2])).await;
    assert_rejected(&app, "a space inside", &format!("{}. {}.{}", parts[0], parts[1], parts[2])).await;
    assert_rejected(&app, "an array of claims", &{
        let values: Vec<_> =
            ["iss", "sub", "sid", "jti", "iat", "exp"].map(|name| ada.refresh_forgery().claims[name].clone()).into();
        let claims = Value::Array(values);
        Forgery { header: ada.refresh_forgery().header, claims }.signed_as_refresh_token(&app)
    })
    .await;
}
