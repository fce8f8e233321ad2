//! A feed under an attacker's control: forged pages have no effect, and no page costs more than a bounded amount.

use std::{
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use http::HeaderMap;
use serde_json::{Value, json};

use super::{
    super::{Rejection, transport::FetchResponse},
    FakeDoorward, assert_rejected, elapse,
    fake_doorward::{sign_page, token},
    forge::{Forge, ISSUER, NOW},
    started,
};

const FEED: &str = "revocations";

fn response(body: impl Into<Vec<u8>>) -> FetchResponse {
    FetchResponse { headers: HeaderMap::new(), body: body.into().into() }
}

/// The claims of a genuine page that revokes `session`, with these changes.
fn claims(changes: &Value) -> Value {
    let mut claims =
        json!({"iss": ISSUER, "iat": NOW, "after": null, "cursor": "0", "revoked": [["session", NOW + 960]]});
    for (name, value) in changes.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    claims
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_not_genuine_revokes_no_session_and_does_not_make_the_feed_fresh() {
    let fake = FakeDoorward::new();
    let key = fake.key();
    let genuine = String::from_utf8(sign_page(&key, &claims(&json!({}))).body.to_vec()).expect("text");
    let long = format!("{}.{}.{}", "A".repeat(8 << 20), "A".repeat(8 << 20), "A".repeat(86));
    let cases = [
        ("an empty body", response("")),
        ("an HTML page", response("<html>Welcome to the network</html>")),
        ("invalid UTF-8", response([0xff, 0xfe])),
        ("too long a body", response(long)),
        ("an access token", response(token(&key, "session", NOW))),
        ("another key with the same kid", sign_page(&Forge::new(), &claims(&json!({})))),
        ("another key with another kid", sign_page(&Forge::named("two"), &claims(&json!({})))),
        ("a changed signature", response(genuine[..genuine.len() - 4].to_owned() + "AAAA")),
        ("another issuer", sign_page(&key, &claims(&json!({"iss": "https://evil.example"})))),
        ("no issuer", sign_page(&key, &claims(&json!({"iss": null})))),
        ("another cursor", sign_page(&key, &claims(&json!({"after": "7"})))),
        ("too long a cursor", sign_page(&key, &claims(&json!({"cursor": "x".repeat(300)})))),
        ("too long a session ID", sign_page(&key, &claims(&json!({"revoked": [["x".repeat(200), NOW + 960]]})))),
        ("an entry without a time", sign_page(&key, &claims(&json!({"revoked": [["session"]]})))),
        ("an entry with text for a time", sign_page(&key, &claims(&json!({"revoked": [["session", "never"]]})))),
        ("a fractional iat", sign_page(&key, &claims(&json!({"iat": 1.5})))),
    ];
    for (what, forged) in cases {
        let fake = FakeDoorward::new();
        fake.state().keys = vec![key.clone()];
        let service = started(&fake).await;
        fake.override_response(move |request| {
            let copy = FetchResponse { headers: forged.headers.clone(), body: forged.body.clone() };
            request.path.contains(FEED).then_some(Ok(copy))
        });
        elapse(26.0).await;
        let age = service.stats().feed_age;
        elapse(30.0).await;
        assert_eq!(service.stats().revoked_sessions, 0, "{what}");
        assert!(service.stats().feed_age > age.map(|age| age + Duration::from_secs(25)), "{what}: the feed is fresh");
        assert!(service.verify(&fake.token()).await.is_ok(), "{what}");
        let requests = fake.requests_to(FEED).len();
        assert!(requests < 20, "{what}: {requests} requests");
        assert!(fake.requests_to("jwks").len() <= 3, "{what}: {:?}", fake.requests_to("jwks"));
    }
}

#[tokio::test(start_paused = true)]
async fn extreme_timestamps_do_not_overflow_and_entries_still_expire() {
    let fake = FakeDoorward::new();
    let service = started(&fake).await;
    let key = fake.key();
    for (iat, until) in [
        (i64::MIN, i64::MAX),
        (i64::MAX, i64::MIN),
        (i64::MAX, i64::MAX),
        (i64::MIN, i64::MIN),
        (0, 0),
        (NOW, i64::MAX),
    ] {
        let page = claims(&json!({"iat": iat, "revoked": [["other", until]]}));
        let key = key.clone();
        fake.override_response(move |request| request.path.contains(FEED).then(|| Ok(sign_page(&key, &page))));
        elapse(60.0).await;
        assert!(service.stats().revoked_sessions <= 1);
    }
    fake.state().response_override = None;
    elapse(1500.0).await;
    assert_eq!(service.stats().revoked_sessions, 0, "kept no longer than a token can live");
    assert!(service.verify(&fake.token()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_page_from_the_future_revokes_sessions_but_does_not_make_the_feed_fresh() {
    let fake = FakeDoorward::new();
    let service = started(&fake).await;
    let (key, clock) = (fake.key(), fake.clone());
    fake.override_response(move |request| {
        let after = request.path.split_once("?after=").map(|(_, after)| after.to_owned());
        let page = claims(&json!({"iat": clock.now() + 3600, "after": after, "revoked": [["phone", NOW + 9999]]}));
        request.path.contains(FEED).then(|| Ok(sign_page(&key, &page)))
    });
    elapse(100.0).await;
    assert_rejected(&service.verify(&fake.token()).await, Rejection::Unavailable);
    assert_rejected(&service.verify(&fake.token_of("phone")).await, Rejection::SessionEnded);
}

#[tokio::test(start_paused = true)]
async fn too_many_revoked_sessions_make_the_feed_stale_instead_of_filling_the_memory() {
    let fake = FakeDoorward::new();
    let service = started(&fake).await;
    let (key, clock, pages) = (fake.key(), fake.clone(), AtomicUsize::new(0));
    fake.override_response(move |request| {
        let page = pages.fetch_add(1, Relaxed);
        let revoked: Vec<_> = (0..3_000).map(|number| (format!("{page}-{number}"), clock.now() + 960)).collect();
        let after = request.path.split_once("?after=").map(|(_, after)| after.to_owned());
        let page = claims(&json!({"iat": clock.now(), "after": after, "revoked": revoked}));
        request.path.contains(FEED).then(|| Ok(sign_page(&key, &page)))
    });
    elapse(100.0).await;
    assert_eq!(service.stats().revoked_sessions, 9_000);
    assert_rejected(&service.verify(&fake.token()).await, Rejection::Unavailable);
}
