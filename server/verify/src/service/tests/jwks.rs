//! The key set: refreshed, kept through outages, and looked up for unknown keys at a limited rate.

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use http::HeaderMap;
use tokio::time::timeout;

use super::{
    super::{Rejection, transport::FetchResponse},
    FakeDoorward, assert_rejected, elapse,
    fake_doorward::token,
    forge::{Forge, NOW},
    settings, started,
};

const JWKS: &str = "jwks";

#[tokio::test(start_paused = true)]
async fn a_token_signed_with_a_new_key_is_accepted_at_once() {
    let fake = FakeDoorward::new();
    let service = started(&fake).await;
    let old = fake.token();

    fake.add_key("two");

    assert!(service.verify(&fake.token()).await.is_ok());
    assert!(service.verify(&old).await.is_ok(), "the old key is still published");
    assert_eq!(fake.requests_to(JWKS), [0.0, 0.0]);
    assert!(
        fake.state().requests.last().expect("a request").1.bypass_caches,
        "a proxy may have a copy without the key"
    );
}

#[tokio::test(start_paused = true)]
async fn many_unknown_keys_cause_one_request_every_30_seconds() {
    let fake = FakeDoorward::new();
    let service = started(&fake).await;
    for second in 0..60 {
        for number in 0..50 {
            let kid = format!("unknown-{second}-{number}");
            let forged = token(&Forge { kid, ..Forge::named("") }, "session", NOW);
            assert_rejected(&service.verify(&forged).await, Rejection::TokenInvalid);
        }
        assert!(is_ok_at_once(service.verify(&fake.token())), "valid tokens do not wait");
        elapse(1.0).await;
    }
    assert_eq!(fake.requests_to(JWKS), [0.0, 0.0, 30.0]);
}

/// Whether a verification succeeds at the first poll.
fn is_ok_at_once(verification: impl Future<Output = super::Verified>) -> bool {
    let polled = std::pin::pin!(verification).poll(&mut Context::from_waker(Waker::noop()));
    matches!(polled, Poll::Ready(Ok(_)))
}

#[tokio::test(start_paused = true)]
async fn the_last_good_key_set_is_kept_while_doorward_is_down() {
    let fake = FakeDoorward::new();
    fake.state().max_age = 10;
    let service = started(&fake).await;

    fake.state().is_down = true;
    elapse(50.0).await;

    assert!(service.verify(&fake.token()).await.is_ok());
    assert!(service.stats().keys_age > Some(Duration::from_secs(45)));
}

#[tokio::test(start_paused = true)]
async fn a_key_that_cannot_be_looked_up_gives_503_not_401() {
    let fake = FakeDoorward::new();
    let service = started(&fake).await;

    fake.add_key("two");
    fake.state().is_down = true;
    assert_rejected(&service.verify(&fake.token()).await, Rejection::Unavailable);

    fake.state().is_down = false;
    elapse(30.0).await;
    assert!(service.verify(&fake.token()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn before_the_first_key_set_every_token_gives_503_not_401() {
    let fake = FakeDoorward::new();
    fake.state().is_down = true;
    let service = settings().start_with(fake.clone());
    elapse(60.0).await;
    assert_rejected(&service.verify(&fake.token()).await, Rejection::Unavailable);

    fake.state().is_down = false;
    service.ready().await;
    assert!(service.verify(&fake.token()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_key_set_is_refreshed_before_its_max_age_ends() {
    let fake = FakeDoorward::new();
    fake.state().max_age = 100;
    let service = started(&fake).await;

    elapse(1000.0).await;

    let requests = fake.requests_to(JWKS);
    assert!(requests.windows(2).all(|pair| (79.9..=100.1).contains(&(pair[1] - pair[0]))), "{requests:?}");
    drop(service);
}

#[tokio::test(start_paused = true)]
async fn a_response_that_is_not_a_key_set_changes_nothing() {
    let fake = FakeDoorward::new();
    fake.state().max_age = 10;
    let service = started(&fake).await;
    let nested = "[".repeat(100_000);
    let duplicate = format!(
        "{{\"keys\":[{0},{0}]}}",
        serde_json::json!({
            "kty": "OKP", "crv": "Ed25519", "x": fake.key().x, "kid": "one", "alg": "EdDSA", "use": "sig",
        })
    );
    let bodies =
        ["", "<html>", "{}", "[]", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"RSA"}]}"#, "\u{0}", &nested, &duplicate];

    for body in bodies.into_iter().map(str::to_owned).chain(["x".repeat(300_000)]) {
        fake.override_response(move |request| {
            let body = body.clone().into();
            request.path.contains(JWKS).then(|| Ok(FetchResponse { headers: HeaderMap::new(), body }))
        });
        elapse(30.0).await;
        assert!(service.verify(&fake.token()).await.is_ok());
        assert_eq!(service.stats().keys, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_canceled_caller_does_not_cancel_the_lookup_for_others() {
    let fake = FakeDoorward::new();
    let service = started(&fake).await;
    fake.add_key("two");
    fake.state().jwks_delay = Duration::from_secs(2);

    let canceled = timeout(Duration::from_secs(1), service.verify(&fake.token())).await;
    assert!(canceled.is_err());

    assert!(service.verify(&fake.token()).await.is_ok());
    assert_eq!(fake.requests_to(JWKS).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lookup_delays_requests_by_five_seconds_at_most() {
    let fake = FakeDoorward::new();
    let service = started(&fake).await;
    fake.add_key("two");
    fake.state().jwks_delay = Duration::from_hours(1);

    let token = fake.token();
    let (one, other) = tokio::join!(service.verify(&token), service.verify(&token));
    assert_rejected(&one, Rejection::Unavailable);
    assert_rejected(&other, Rejection::Unavailable);
    assert_eq!(fake.now(), NOW + 5);
}

#[tokio::test(start_paused = true)]
async fn a_removed_key_invalidates_its_tokens_cached_or_not() {
    let fake = FakeDoorward::new();
    let service = started(&fake).await;
    let (cached, other) = (fake.token(), fake.token_of("other"));
    assert!(service.verify(&cached).await.is_ok());

    // As after a reset of the signing keys: the old key is not published, a new one signs, and the feed changes.
    let reset = Arc::new(Forge::named("two"));
    fake.state().keys = vec![reset];
    fake.end_session("tablet");
    elapse(0.5).await;

    assert_rejected(&service.verify(&cached).await, Rejection::TokenInvalid);
    assert_rejected(&service.verify(&other).await, Rejection::TokenInvalid);
    assert!(service.verify(&fake.token()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn another_key_with_the_same_kid_does_not_verify_old_tokens() {
    let fake = FakeDoorward::new();
    fake.state().max_age = 10;
    let service = started(&fake).await;
    let old = fake.token();
    assert!(service.verify(&old).await.is_ok());

    fake.state().keys = vec![Arc::new(Forge::new())];
    elapse(11.0).await;

    assert_rejected(&service.verify(&old).await, Rejection::TokenInvalid);
    assert!(service.verify(&fake.token()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_late_response_to_an_older_request_is_ignored() {
    let fake = FakeDoorward::new();
    fake.state().max_age = 10;
    let service = started(&fake).await;
    fake.state().jwks_delay = Duration::from_secs(4);
    elapse(10.0).await;
    assert_eq!(fake.requests_to(JWKS).len(), 2, "the second request is in flight");

    fake.state().jwks_delay = Duration::ZERO;
    fake.add_key("two");
    assert!(service.verify(&fake.token()).await.is_ok());
    elapse(5.0).await;

    assert_eq!(service.stats().keys, 2);
    assert!(service.verify(&fake.token()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_stale_copy_from_a_proxy_does_not_bring_a_removed_key_back() {
    let fake = FakeDoorward::new();
    fake.state().max_age = 10;
    let service = started(&fake).await;
    let (old, copy) = (fake.token(), fake.jwks());
    let (headers, body) = (copy.headers, copy.body);
    fake.override_response(move |request| {
        let is_cached = request.path.contains(JWKS) && !request.bypass_caches;
        is_cached.then(|| Ok(FetchResponse { headers: headers.clone(), body: body.clone() }))
    });
    elapse(5.0).await;

    fake.state().keys = vec![Arc::new(Forge::named("two"))];
    assert!(service.verify(&fake.token()).await.is_ok());
    elapse(7.0).await;

    assert!(fake.requests_to(JWKS).len() > 2, "the key set was refreshed");
    assert_rejected(&service.verify(&old).await, Rejection::TokenInvalid);
    assert!(service.verify(&fake.token()).await.is_ok());
}
