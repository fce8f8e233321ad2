//! The published keys, and the description of the API.

use std::collections::HashSet;

use doorward_verify::{AccessTokenVerifier, Jwks, KeySet};
use macro_rules_attribute::apply;
use serde_json::Value;

use crate::fixture::{PUBLIC_URL, Person};

#[apply(on_both_databases!)]
async fn r65_the_key_set_holds_public_members_only(app: TestApp) {
    let answer = app.get("/.well-known/jwks.json").await.assert_status(200);

    let keys = answer.json()["keys"].as_array().expect("keys").clone();
    assert_eq!(keys.len(), 1);
    let members: HashSet<_> = keys[0].as_object().expect("a key").keys().cloned().collect();
    assert_eq!(members, ["kty", "crv", "x", "kid", "alg", "use"].map(str::to_owned).into());
    assert_eq!(
        (&keys[0]["kty"], &keys[0]["crv"], &keys[0]["alg"], &keys[0]["use"]),
        (&"OKP".into(), &"Ed25519".into(), &"EdDSA".into(), &"sig".into())
    );
    let cached = answer.header("cache-control").expect("how long to keep it");
    assert!(cached.contains("max-age"), "{cached}");
}

#[apply(under_policies_with_access_tokens!)]
async fn another_service_can_check_tokens_with_them(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    let body = app.get("/.well-known/jwks.json").await.assert_ok().body;

    let jwks: Jwks = serde_json::from_slice(&body).expect("a key set");
    let keys = KeySet::try_from(&jwks).expect("keys that can be used");
    let service = AccessTokenVerifier::new(PUBLIC_URL, PUBLIC_URL);
    let claims = service.verify(ada.access_token(), &keys, app.seconds()).expect("a good token");
    assert_eq!((&claims.sub, &claims.sid), (&ada.grant.user.id, &ada.grant.session.id));
    let life = ada.grant.expires_in.expect("a life");
    assert_eq!((claims.exp - claims.iat, claims.nbf, claims.auth_time), (life, claims.iat, claims.iat));
}

#[apply(under_each_policy!)]
async fn two_nodes_that_start_on_one_database_share_their_keys(app: TestApp) {
    app.database().execute("delete from keys").await;

    let (one, other) = (app.another_node(), app.another_node());
    let (one, other) = futures::future::join(one, other).await;

    let ada = one.logged_in("ada@example.com").await;
    let there = Person { app: other, ..ada };
    there.me().await.assert_ok();
    there.refresh().await.assert_ok();
}

#[apply(on_both_databases!)]
async fn the_api_describes_itself(app: TestApp) {
    let api: Value = app.get("/api/openapi.json").await.assert_status(200).json();

    assert!(api["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{}", api["openapi"]);
    let paths: HashSet<_> = api["paths"].as_object().expect("paths").keys().map(String::as_str).collect();
    for path in [
        "/api/auth/register",
        "/api/auth/login",
        "/api/auth/refresh",
        "/api/auth/logout",
        "/api/me",
        "/api/account",
        "/api/account/password",
        "/.well-known/jwks.json",
        "/healthz",
        "/readyz",
    ] {
        assert!(paths.contains(path), "{path} is missing");
    }
}
