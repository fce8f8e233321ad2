//! Key rotation: a key is published, signs, only verifies, and is retired, without a failing request.

use crate::support::{Forgery, PASSWORD, TestApp, eventually, metric, published_keys};
use doorward_api::ErrorCode;
use futures::future::join;
use jsonwebtoken::Algorithm;
use server::clock::Moment;
use test_macros::app_test;

const ADA: &str = "ada@example.com";

/// The ids of the published keys, oldest first.
async fn kids(app: &TestApp) -> Vec<String> {
    let mut keys = published_keys(app).await.0.keys;
    let order = app.database().rows("select kid from keys order by generation").await.concat();
    keys.sort_by_key(|key| order.iter().position(|kid| *kid == key.kid));
    keys.into_iter().map(|key| key.kid).collect()
}

fn kid(token: &str) -> String {
    Forgery::of(token).header["kid"].as_str().expect("a kid").to_owned()
}

async fn use_hourly_keys(app: &TestApp) {
    app.restart_with(|settings| {
        settings.set("key_lifetime", "1h");
        settings.set("access_token_lifetime", "15m");
    })
    .await;
}

#[app_test]
async fn a_key_is_published_before_it_signs(app: TestApp) {
    use_hourly_keys(&app).await;
    let ada = app.logged_in(ADA).await;
    let old = kid(ada.access_token());
    let jwks = app.get("/.well-known/jwks.json").await;
    assert_eq!(jwks.header("cache-control"), Some("public, max-age=300"));
    app.advance(3600 - 303);
    app.rotate_keys_if_due().await;
    assert_eq!(kids(&app).await, [old.as_str()], "too early");

    app.advance(1);
    app.rotate_keys_if_due().await;
    app.rotate_keys_if_due().await;

    let published = kids(&app).await;
    assert_eq!((published.len(), &published[0]), (2, &old));
    app.advance(301);
    assert_eq!(kid(&ada.fresh_access_token().await), old, "a cached key set may not have the new key yet");
    app.advance(1);
    assert_eq!(kid(&ada.fresh_access_token().await), published[1]);
}

#[app_test]
async fn an_old_key_verifies_until_its_last_token_has_expired(app: TestApp) {
    use_hourly_keys(&app).await;
    let mut ada = app.logged_in(ADA).await;
    app.advance(3600 - 302);
    app.rotate_keys_if_due().await;
    app.advance(301);
    ada.refresh_and_store().await;
    let (old, published) = (kid(ada.access_token()), kids(&app).await);
    assert_eq!(old, published[0]);

    app.advance(899);
    app.retire_keys().await;

    ada.me().await.assert_ok();
    assert_eq!(kids(&app).await, published);
    app.advance(62);
    app.retire_keys().await;
    assert_eq!(kids(&app).await, published[1..]);
    let leftovers = "select count(*) from keys where retired_at is not null and private_key <> ''";
    assert_eq!(app.database().value(leftovers).await, "0", "the private keys of retired keys are deleted");
    app.advance(24 * 3600 + 1);
    app.rotate_keys_if_due().await;
    app.retire_keys().await;
    assert_eq!(app.database().value(format!("select count(*) from keys where kid = '{old}'")).await, "0");
}

#[app_test]
async fn a_token_of_a_retired_key_is_rejected(app: TestApp) {
    use_hourly_keys(&app).await;
    let ada = app.logged_in(ADA).await;
    app.advance(3600);
    app.rotate_keys_if_due().await;
    app.advance(302 + 962);
    let now = app.unix_time();
    let token = ada.access_forgery().claim("iat", now.into()).claim("nbf", now.into()).claim("exp", (now + 60).into());
    let keys = app.state().key_ring.current();
    let token = token.signed(Algorithm::EdDSA, &keys.signing(Moment(0)).private_key);
    app.get("/api/me").bearer(&token).await.assert_ok();

    app.retire_keys().await;

    app.get("/api/me").bearer(&token).await.assert_refused(ErrorCode::TokenInvalid);
}

/// Half a minute with a new key every five seconds, in steps of a quarter of a second. On each node a session is refreshed,
/// and both nodes accept every token, although the second node syncs as rarely as is allowed.
#[app_test]
async fn rotation_on_two_nodes_fails_no_request(app: TestApp) {
    app.restart_with(|settings| settings.set("key_lifetime", "5s")).await;
    let other = app.another_node().await;
    for node in [&app, &other] {
        node.require_revocation_sync();
    }
    let mut ada = app.logged_in(ADA).await;
    let mut ada_on_other = ada.on_node(&other);
    let mut signers = Vec::new();
    let jwks = app.get("/.well-known/jwks.json").await;
    assert_eq!(jwks.header("cache-control"), Some("public, max-age=1"));
    let (mut previous, mut latest) = (published_keys(&app).await.1, published_keys(&app).await.1);

    for step in 0..120 {
        app.advance_millis(250);
        app.sync_keys().await;
        if step % 8 == 0 {
            other.sync_keys().await;
        }
        if step % 4 == 0 {
            (previous, latest) = (latest, published_keys(&other).await.1);
        }
        join(app.rotate_keys_if_due(), other.rotate_keys_if_due()).await;

        ada.refresh_and_store().await;
        ada_on_other.refresh_and_store().await;
        for browser in [&ada, &ada_on_other] {
            for node in [&app, &other] {
                node.get("/api/me").bearer(browser.access_token()).await.assert_ok();
            }
            let kid = kid(browser.access_token());
            assert!(latest.get(&kid).is_some() || previous.get(&kid).is_some(), "a service has the key in time");
            signers.push(kid);
        }
    }

    signers.sort();
    signers.dedup();
    assert!((5..=8).contains(&signers.len()), "{} keys have signed", signers.len());
    let generations = app.database().value("select max(generation) from keys").await;
    assert!(generations.parse::<usize>().expect("a number") <= 8, "the nodes agree on each key: {generations}");
}

#[app_test]
async fn a_node_out_of_sync_issues_no_tokens_until_it_has_read_the_keys(app: TestApp) {
    use_hourly_keys(&app).await;
    let other = app.another_node().await;
    other.require_revocation_sync();
    let ada = app.logged_in(ADA).await;
    app.advance(3600);
    app.rotate_keys_if_due().await;
    app.advance(2 * 3600);
    app.retire_keys().await;
    let ada_on_other = ada.on_node(&other);

    ada_on_other.refresh().await.assert_refused(ErrorCode::Unavailable);
    other.log_in(ADA, PASSWORD).await.assert_refused(ErrorCode::Unavailable);

    other.poll_revocations();
    eventually(async || other.get("/readyz").await.status == 200).await;
    let token = ada_on_other.fresh_access_token().await;
    assert_eq!(vec![kid(&token)], kids(&app).await);
}

#[app_test]
async fn a_node_out_of_sync_publishes_its_keys_with_a_short_cache_lifetime(app: TestApp) {
    let kid = published_keys(&app).await.0.keys.remove(0).kid;
    app.require_revocation_sync();
    app.advance(6);

    let response = app.get("/.well-known/jwks.json").await.assert_status(200);

    assert_eq!(response.json()["keys"][0]["kid"], kid.as_str());
    assert_eq!(response.header("cache-control"), Some("public, max-age=1"));
}

#[app_test]
async fn a_new_key_reaches_other_nodes_soon(app: TestApp) {
    use_hourly_keys(&app).await;
    let other = app.another_node().await.with_revocation_sync();
    app.advance(3600);
    let app = app.with_revocation_sync();

    app.rotate_keys_if_due().await;

    eventually(async || published_keys(&other).await.0.keys.len() == 2).await;
    assert_eq!(metric(&other, "doorward_keys").await, "2");
}

#[app_test]
async fn a_clock_set_back_leaves_a_key_that_signs(app: TestApp) {
    use_hourly_keys(&app).await;
    app.shift_wall_clock(24 * 3600);
    app.rotate_keys_if_due().await;
    app.advance(302);
    app.register(ADA, PASSWORD).await.assert_ok();

    app.shift_wall_clock(-24 * 3600);

    app.log_in(ADA, PASSWORD).await.assert_ok();
    app.rotate_keys_if_due().await;
    app.restart().await;
    let ada = app.logged_in(ADA).await;
    ada.me().await.assert_ok();
    app.advance(302);
    let token = ada.fresh_access_token().await;
    app.get("/api/me").bearer(&token).await.assert_ok();
    assert_eq!(Some(&kid(&token)), kids(&app).await.last(), "the key that is dated in the future was replaced");
}

#[app_test]
async fn a_key_signs_even_if_every_key_is_dated_in_the_future(app: TestApp) {
    app.shift_wall_clock(-3600);
    app.restart().await;

    let ada = app.logged_in(ADA).await;

    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}
