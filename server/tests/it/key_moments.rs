//! The life of a key: published, signing, checking, retired. Nobody notices.

use std::time::Duration;

use doorward_api::ErrorCode;
use futures::future::join;
use macro_rules_attribute::apply;
use server::{follower, replacement};

use crate::fixture::{Forgery, Person, TestApp, keys_of, metric, soon};

const ADA: &str = "ada@example.com";

async fn replace(app: &TestApp) {
    replacement::replace_if_due(&app.state()).await.expect("no fault");
}

async fn retire(app: &TestApp) {
    replacement::retire(&app.state()).await.expect("no fault");
}

/// The names of the published keys, the oldest first.
async fn kids(app: &TestApp) -> Vec<String> {
    let mut keys = keys_of(app).await.0.keys;
    let order = app.database().rows("select kid from keys order by generation").await.concat();
    keys.sort_by_key(|key| order.iter().position(|kid| *kid == key.kid));
    keys.into_iter().map(|key| key.kid).collect()
}

fn kid(token: &str) -> String {
    Forgery::of(token).header["kid"].as_str().expect("a kid").to_owned()
}

async fn with_hourly_keys(app: &TestApp) {
    app.restart_with(|settings| {
        settings.set("key_lifetime", "1h");
        settings.set("access_token_lifetime", "15m");
    })
    .await;
}

#[apply(on_both_databases!)]
async fn r66_a_key_is_published_before_it_signs(app: TestApp) {
    with_hourly_keys(&app).await;
    let ada = app.logged_in(ADA).await;
    let old = kid(ada.access_token());
    let kept = app.get("/.well-known/jwks.json").await.header("cache-control").map(str::to_owned);
    assert_eq!(kept.as_deref(), Some("public, max-age=300"));
    app.advance(3600 - 303);
    replace(&app).await;
    assert_eq!(kids(&app).await, [old.as_str()], "not yet");

    app.advance(1);
    replace(&app).await;
    replace(&app).await;

    let published = kids(&app).await;
    assert_eq!((published.len(), &published[0]), (2, &old));
    app.advance(301);
    assert_eq!(kid(&ada.renewed().await), old, "whoever has kept the set does not know the new one yet");
    app.advance(1);
    assert_eq!(kid(&ada.renewed().await), published[1]);
}

#[apply(on_both_databases!)]
async fn r66_an_old_key_checks_until_its_last_token_has_ended(app: TestApp) {
    with_hourly_keys(&app).await;
    let mut ada = app.logged_in(ADA).await;
    app.advance(3600 - 302);
    replace(&app).await;
    app.advance(301);
    ada.renew().await;
    let (old, published) = (kid(ada.access_token()), kids(&app).await);
    assert_eq!(old, published[0]);

    app.advance(899);
    retire(&app).await;

    ada.me().await.assert_ok();
    assert_eq!(kids(&app).await, published);
    app.advance(62);
    retire(&app).await;
    assert_eq!(kids(&app).await, published[1..]);
    let leftovers = "select count(*) from keys where retired_at is not null and private_key <> ''";
    assert_eq!(app.database().value(leftovers).await, "0", "what signs no more is not kept");
    app.advance(24 * 3600 + 1);
    replace(&app).await;
    retire(&app).await;
    assert_eq!(app.database().value(format!("select count(*) from keys where kid = '{old}'")).await, "0");
}

#[apply(on_both_databases!)]
async fn a_token_of_a_retired_key_is_refused(app: TestApp) {
    with_hourly_keys(&app).await;
    let ada = app.logged_in(ADA).await;
    app.advance(3600);
    replace(&app).await;
    app.advance(302 + 962);
    let with_the_old_key = ada.access_forgery();
    let now = app.seconds();
    let with_the_old_key =
        with_the_old_key.claim("iat", now.into()).claim("nbf", now.into()).claim("exp", (now + 60).into());
    // The node's own signature, made while it has the key.
    let state = app.state();
    let old_key = state.key_ring.current();
    let stolen =
        with_the_old_key.signed(jsonwebtoken::Algorithm::EdDSA, &old_key.signing(server::clock::Moment(0)).key);
    app.get("/api/me").bearer(&stolen).await.assert_ok();

    retire(&app).await;

    app.get("/api/me").bearer(&stolen).await.assert_refused(ErrorCode::TokenInvalid);
}

/// Half a minute of key replacement every five seconds, a quarter of a second at a time: on each node somebody refreshes,
/// and both nodes take every token, though the second looks as seldom as a node may that is still trusted.
#[apply(on_both_databases!)]
async fn f6_keys_replaced_on_two_nodes_fail_no_request(app: TestApp) {
    app.restart_with(|settings| settings.set("key_lifetime", "5s")).await;
    let other = app.another_node().await;
    for node in [&app, &other] {
        node.state().revocations.is_followed();
    }
    let mut ada = app.logged_in(ADA).await;
    let mut there = Person { app: other.clone(), ..ada.clone() };
    let mut signers = Vec::new();
    let kept = app.get("/.well-known/jwks.json").await.header("cache-control").map(str::to_owned);
    assert_eq!(kept.as_deref(), Some("public, max-age=1"));
    let (mut earlier, mut now) = (keys_of(&app).await.1, keys_of(&app).await.1);

    for step in 0..120 {
        app.state().clock.advance(Duration::from_millis(250));
        let (here, other_state) = (app.state(), other.state());
        look(&app).await;
        if step % 8 == 0 {
            look(&other).await;
        }
        if step % 4 == 0 {
            (earlier, now) = (now, keys_of(&other).await.1);
        }
        let (one, two) = join(replacement::replace_if_due(&here), replacement::replace_if_due(&other_state)).await;
        one.and(two).expect("no fault");

        ada.renew().await;
        there.renew().await;
        for person in [&ada, &there] {
            for node in [&app, &other] {
                node.get("/api/me").bearer(person.access_token()).await.assert_ok();
            }
            let kid = kid(person.access_token());
            assert!(now.get(&kid).is_some() || earlier.get(&kid).is_some(), "a service knows it in time");
            signers.push(kid);
        }
    }

    signers.sort();
    signers.dedup();
    assert!((5..=8).contains(&signers.len()), "{} keys have signed", signers.len());
    let generations = app.database().value("select max(generation) from keys").await;
    assert!(generations.parse::<usize>().expect("a number") <= 8, "the nodes agree on each key: {generations}");
}

async fn look(node: &TestApp) {
    let state = node.state();
    follower::read_keys(&state).await.expect("no fault");
    state.revocations.was_read(state.clock.uptime());
}

#[apply(on_both_databases!)]
async fn a_node_that_was_away_signs_nothing_before_it_has_looked(app: TestApp) {
    with_hourly_keys(&app).await;
    let other = app.another_node().await;
    other.state().revocations.is_followed();
    let ada = app.logged_in(ADA).await;
    app.advance(3600);
    replace(&app).await;
    app.advance(2 * 3600);
    retire(&app).await;
    let there = Person { app: other.clone(), ..ada.clone() };

    there.refresh().await.assert_refused(ErrorCode::Unavailable);
    other.log_in(ADA, crate::fixture::PASSWORD).await.assert_refused(ErrorCode::Unavailable);

    let state = other.state();
    tokio::spawn(async move { follower::look(&state).await });
    soon(async || other.get("/readyz").await.status == 200).await;
    let token = there.renewed().await;
    assert_eq!(vec![kid(&token)], kids(&app).await);
}

#[apply(on_both_databases!)]
async fn r67_a_node_that_was_away_still_shows_its_keys_and_nobody_is_to_keep_them(app: TestApp) {
    let before = keys_of(&app).await.0.keys.remove(0).kid;
    app.state().revocations.is_followed();
    app.advance(6);

    let answer = app.get("/.well-known/jwks.json").await.assert_status(200);

    assert_eq!(answer.json()["keys"][0]["kid"], before.as_str());
    assert_eq!(answer.header("cache-control"), Some("public, max-age=1"));
}

#[apply(on_both_databases!)]
async fn a_new_key_is_known_on_other_nodes_soon(app: TestApp) {
    with_hourly_keys(&app).await;
    let other = app.another_node().await.follow();
    app.advance(3600);
    let app = app.follow();

    replace(&app).await;

    soon(async || keys_of(&other).await.0.keys.len() == 2).await;
    assert_eq!(metric(&other, "doorward_keys").await, "2");
}

#[apply(on_both_databases!)]
async fn f3_a_clock_set_back_leaves_a_key_that_signs(app: TestApp) {
    with_hourly_keys(&app).await;
    app.set_clock(24 * 3600);
    replace(&app).await;
    app.advance(302);
    let future = app.logged_in(ADA).await;

    app.set_clock(-24 * 3600);

    future.app.log_in(ADA, crate::fixture::PASSWORD).await.assert_ok();
    replace(&app).await;
    app.restart().await;
    let ada = app.logged_in(ADA).await;
    ada.me().await.assert_ok();
    app.advance(302);
    let token = ada.renewed().await;
    app.get("/api/me").bearer(&token).await.assert_ok();
    assert_eq!(Some(&kid(&token)), kids(&app).await.last(), "the key of the wrong clock was replaced");
}

#[apply(on_both_databases!)]
async fn f3_where_no_key_may_sign_yet_one_does(app: TestApp) {
    app.set_clock(-3600);
    app.restart().await;

    let ada = app.logged_in(ADA).await;

    ada.me().await.assert_ok();
    ada.refresh().await.assert_ok();
}
