//! The JSON Web Key Set: `GET /.well-known/jwks.json`.

use std::collections::HashSet;

use doorward_verify::{AccessTokenVerifier, Jwks, KeySet};
use test_macros::app_test;

use crate::support::{PUBLIC_URL, TestApp};

#[app_test]
async fn the_key_set_has_public_members_only(app: TestApp) {
    let response = app.get("/.well-known/jwks.json").await.assert_status(200);

    let keys = response.json()["keys"].as_array().expect("keys").clone();
    assert_eq!(keys.len(), 1);
    let members: HashSet<_> = keys[0].as_object().expect("a key").keys().cloned().collect();
    assert_eq!(members, ["kty", "crv", "x", "kid", "alg", "use"].map(str::to_owned).into());
    assert_eq!(
        (&keys[0]["kty"], &keys[0]["crv"], &keys[0]["alg"], &keys[0]["use"]),
        (&"OKP".into(), &"Ed25519".into(), &"EdDSA".into(), &"sig".into())
    );
    let cache_control = response.header("cache-control").expect("a cache lifetime");
    assert!(cache_control.contains("max-age"), "{cache_control}");
}

#[app_test(policies_with_access_tokens)]
async fn a_service_can_verify_access_tokens_with_the_key_set(app: TestApp) {
    let ada = app.logged_in("ada@example.com").await;

    let body = app.get("/.well-known/jwks.json").await.assert_ok().body;

    let jwks: Jwks = serde_json::from_slice(&body).expect("a key set");
    let keys = KeySet::try_from(&jwks).expect("usable keys");
    let service = AccessTokenVerifier::new(PUBLIC_URL, PUBLIC_URL);
    let claims = service.verify(ada.access_token(), &keys, app.unix_time()).expect("a valid token");
    assert_eq!((claims.sub.as_str(), claims.sid.as_str()), (ada.user_id(), ada.session_id()));
    let lifetime = ada.token_response.expires_in.expect("a lifetime");
    assert_eq!((claims.exp - claims.iat, claims.nbf, claims.auth_time), (lifetime, claims.iat, claims.iat));
}

#[app_test(each_policy)]
async fn nodes_that_start_together_share_their_keys(app: TestApp) {
    app.database().execute("delete from keys").await;

    let (one, other) = (app.another_node(), app.another_node());
    let (one, other) = futures::future::join(Box::pin(one), Box::pin(other)).await;

    let ada = one.logged_in("ada@example.com").await;
    let ada_on_other = ada.on_node(&other);
    ada_on_other.me().await.assert_ok();
    ada_on_other.refresh().await.assert_ok();
}
