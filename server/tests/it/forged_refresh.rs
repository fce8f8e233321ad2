//! Forged refresh tokens: refused, and whoever is logged in stays so.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use doorward_api::EndReason;
use jsonwebtoken::{Algorithm, EncodingKey};
use macro_rules_attribute::apply;
use serde_json::{Value, json};

use crate::fixture::{ForeignKey, Forgery, TestApp};

async fn assert_refused(app: &TestApp, what: &str, token: &str) {
    let answer = app.refresh_with(token).await;
    assert_eq!(answer.status, 401, "{what}: {answer:?}");
    answer.assert_ended(EndReason::Unknown);
}

#[apply(under_policies_with_refresh_tokens!)]
async fn a_token_put_together_again_as_it_was_is_good(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let again = ada.refresh_forgery().signed_for_refresh(&app);
    app.refresh_with(&again).await.assert_ok();
}

#[apply(under_policies_with_refresh_tokens!)]
async fn signatures_that_are_not_ours_are_refused(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let forgery = ada.refresh_forgery();
    let (message, signature) = ada.kept.rsplit_once('.').expect("a signature");
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
            forgery.clone().header("alg", json!("EdDSA")).signed(Algorithm::EdDSA, &ForeignKey::ed25519().0),
        ),
        ("alg none", none.unsigned()),
        ("alg none with the signature", format!("{}{signature}", none.unsigned())),
        ("no signature", format!("{message}.")),
        ("other claims", format!("{}{signature}", forgery.clone().claim("sub", json!("eve")).unsigned())),
        ("padding", format!("{}=", ada.kept)),
        ("a fourth part", format!("{}.x", ada.kept)),
        ("two parts", message.to_owned()),
        ("quotes", format!("\"{}\"", ada.kept)),
        ("nothing", String::new()),
        ("4097 bytes", "x".repeat(4097)),
    ];
    for (what, token) in tokens {
        assert_refused(&app, what, &token).await;
    }
    ada.refresh().await.assert_ok();
}

#[apply(under_policies_with_refresh_tokens!)]
async fn claims_and_headers_that_we_would_not_write_are_refused(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let good = ada.refresh_forgery();
    let header = |name: &str, value: Value| good.clone().header(name, value);
    let claim = |name: &str, value: Value| good.clone().claim(name, value);
    let now = app.seconds();

    let mut forgeries: Vec<(String, Forgery)> = vec![
        ("another issuer".into(), claim("iss", json!("https://evil.example"))),
        ("a list of issuers".into(), claim("iss", json!(["https://doorward.test"]))),
        ("another session".into(), claim("sid", json!("0".repeat(32)))),
        ("another token id".into(), claim("jti", json!("0".repeat(64)))),
        ("an unknown claim".into(), claim("roles", json!(["admin"]))),
        ("issued after its end".into(), claim("iat", json!(i64::MAX))),
        ("issued before time began".into(), claim("iat", json!(-1))),
        ("an end in a text".into(), claim("exp", json!((now + 60).to_string()))),
        ("an end that is no integer".into(), claim("exp", json!(1.5e10))),
        ("an end beyond integers".into(), claim("exp", json!(u64::MAX))),
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
        assert_refused(&app, &what, &forgery.signed_for_refresh(&app)).await;
    }
    assert_refused(&app, "a fresh one", &Forgery::fresh_refresh_token(&app).signed_for_refresh(&app)).await;
}

#[apply(under_policies_with_refresh_tokens!)]
async fn r34_a_later_end_in_the_token_does_not_move_the_sessions_end(app: TestApp) {
    app.restart_with(|settings| settings.set("session_lifetime", "1h")).await;
    let ada = app.logged_in("ada@example.com").await;
    let longer = ada.refresh_forgery().claim("exp", json!(app.seconds() + 1_000_000)).signed_for_refresh(&app);

    app.advance(3599);
    let answer = app.refresh_with(&longer).await.assert_ok();
    assert_eq!(answer.json()["expires_in"], 1);
    app.advance(1);

    app.refresh_with(&longer).await.assert_ended(EndReason::Expired);
}

#[apply(under_policies_with_refresh_tokens!)]
async fn r55_an_access_token_is_no_refresh_token(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    assert_refused(&app, "the access token", ada.access_token()).await;
    let dressed = ada.refresh_forgery().header("alg", json!("EdDSA")).signed_for_access(&app);
    assert_refused(&app, "signed with its key", &dressed).await;
}

#[apply(under_policies_with_refresh_tokens!)]
async fn an_expired_token_says_so(app: TestApp) {
    app.restart_with(|settings| settings.set("session_idle", "off")).await;
    let ada = app.logged_in("ada@example.com").await;
    app.advance(30 * 24 * 3600 - 1);
    ada.refresh().await.assert_ok();
    app.advance(1);
    ada.refresh().await.assert_ended(EndReason::Expired);
}

#[apply(under_policies_with_refresh_tokens!)]
async fn r32_token_ids_are_256_random_bits(app: TestApp) {
    let mut ids = std::collections::HashSet::new();
    for _ in 0..20 {
        let ada = app.logged_in("ada@example.com").await;
        let id = ada.refresh_forgery().claims["jti"].as_str().expect("a jti").to_owned();
        assert_eq!(hex::decode(&id).expect("hex").len(), 32);
        assert!(ids.insert(id));
    }
}

#[apply(under_policies_with_refresh_tokens!)]
async fn r59_only_the_canonical_spelling_of_a_token_is_taken(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;
    let parts: Vec<_> = ada.kept.split('.').collect();
    let spaced = URL_SAFE_NO_PAD.encode(format!(" {}", ada.refresh_forgery().header));
    assert_refused(&app, "spaces before the header", &format!("{spaced}.{}.{}", parts[1], parts[2])).await;
    assert_refused(&app, "a space inside", &format!("{}. {}.{}", parts[0], parts[1], parts[2])).await;
    assert_refused(&app, "an array of claims", &{
        let values: Vec<_> =
            ["iss", "sub", "sid", "jti", "iat", "exp"].map(|name| ada.refresh_forgery().claims[name].clone()).into();
        let claims = Value::Array(values);
        Forgery { header: ada.refresh_forgery().header, claims }.signed_for_refresh(&app)
    })
    .await;
}
