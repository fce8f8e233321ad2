//! A feed that lies: nothing that it says is believed, and nothing that it does costs more than a bounded amount.

use std::{sync::Arc, time::Duration};

use http::HeaderMap;
use serde_json::{Value, json};

use super::{
    super::{Refusal, transport::Answer},
    Fake, assert_refused,
    fake::{signed, token},
    forge::{Forge, ISSUER, NOW},
    pass, started,
};

const FEED: &str = "revocations";

fn text(body: impl Into<Vec<u8>>) -> Answer {
    Answer { headers: HeaderMap::new(), body: body.into().into() }
}

/// A document that would be good, with these members changed.
fn claims(changes: &Value) -> Value {
    let mut claims =
        json!({"iss": ISSUER, "iat": NOW, "after": null, "cursor": "0", "revoked": [["session", NOW + 960]]});
    for (name, value) in changes.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    claims
}

#[tokio::test(start_paused = true)]
async fn what_doorward_did_not_say_ends_no_session_and_confirms_nothing() {
    let fake = Fake::new();
    let key = fake.key();
    let good = String::from_utf8(signed(&key, &claims(&json!({}))).body.to_vec()).expect("text");
    let long = format!("{}.{}.{}", "A".repeat(8 << 20), "A".repeat(8 << 20), "A".repeat(86));
    let lies = [
        ("nothing", text("")),
        ("a page", text("<html>Welcome to the network</html>")),
        ("no text", text([0xff, 0xfe])),
        ("too long", text(long)),
        ("an access token", text(token(&key, "session", NOW))),
        ("another key of the name", signed(&Forge::new(), &claims(&json!({})))),
        ("a key of its own", signed(&Forge::named("two"), &claims(&json!({})))),
        ("a changed signature", text(good[..good.len() - 4].to_owned() + "AAAA")),
        ("another issuer", signed(&key, &claims(&json!({"iss": "https://evil.example"})))),
        ("no issuer", signed(&key, &claims(&json!({"iss": null})))),
        ("another place", signed(&key, &claims(&json!({"after": "7"})))),
        ("a giant cursor", signed(&key, &claims(&json!({"cursor": "x".repeat(300)})))),
        ("a giant id", signed(&key, &claims(&json!({"revoked": [["x".repeat(200), NOW + 960]]})))),
        ("an entry without end", signed(&key, &claims(&json!({"revoked": [["session"]]})))),
        ("an end in words", signed(&key, &claims(&json!({"revoked": [["session", "never"]]})))),
        ("a time with a fraction", signed(&key, &claims(&json!({"iat": 1.5})))),
    ];
    for (what, lie) in lies {
        let fake = Fake::new();
        fake.state().keys = vec![key.clone()];
        let service = started(&fake).await;
        fake.lie(move |question| {
            let copy = Answer { headers: lie.headers.clone(), body: lie.body.clone() };
            question.path.contains(FEED).then_some(Ok(copy))
        });
        pass(26.0).await;
        let age = service.figures().feed_age;
        pass(30.0).await;
        assert_eq!(service.figures().sessions_ended, 0, "{what}");
        assert!(service.figures().feed_age > age.map(|age| age + Duration::from_secs(25)), "{what} confirms");
        assert!(service.check(&fake.token()).await.is_ok(), "{what}");
        let asked = fake.asked(FEED).len();
        assert!(asked < 20, "{what}: {asked} questions");
        assert!(fake.asked("jwks").len() <= 3, "{what}: {:?}", fake.asked("jwks"));
    }
}

#[tokio::test(start_paused = true)]
async fn times_at_the_edge_of_numbers_do_no_harm() {
    let fake = Fake::new();
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
        let document = claims(&json!({"iat": iat, "revoked": [["other", until]]}));
        let key = key.clone();
        fake.lie(move |question| question.path.contains(FEED).then(|| Ok(signed(&key, &document))));
        pass(60.0).await;
        assert!(service.figures().sessions_ended <= 1);
    }
    fake.state().lie = None;
    pass(1500.0).await;
    assert_eq!(service.figures().sessions_ended, 0, "an end that is far away is forgotten with the tokens");
    assert!(service.check(&fake.token()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_document_from_the_future_confirms_nothing() {
    let fake = Fake::new();
    let service = started(&fake).await;
    let (key, clock) = (fake.key(), fake.clone());
    fake.lie(move |question| {
        let after = question.path.split_once("?after=").map(|(_, after)| after.to_owned());
        let document = claims(&json!({"iat": clock.now() + 3600, "after": after, "revoked": [["phone", NOW + 9999]]}));
        question.path.contains(FEED).then(|| Ok(signed(&key, &document)))
    });
    pass(100.0).await;
    assert_refused(&service.check(&fake.token()).await, Refusal::Unavailable);
    assert_refused(&service.check(&fake.token_of("phone")).await, Refusal::SessionEnded);
}

#[tokio::test(start_paused = true)]
async fn more_ends_than_can_be_held_make_the_service_unsure_and_no_larger() {
    let fake = Fake::new();
    let service = started(&fake).await;
    let (key, clock, count) = (fake.key(), fake.clone(), Arc::new(std::sync::atomic::AtomicUsize::new(0)));
    fake.lie(move |question| {
        let part = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let revoked: Vec<_> = (0..3_000).map(|number| (format!("{part}-{number}"), clock.now() + 960)).collect();
        let after = question.path.split_once("?after=").map(|(_, after)| after.to_owned());
        let document = claims(&json!({"iat": clock.now(), "after": after, "revoked": revoked}));
        question.path.contains(FEED).then(|| Ok(signed(&key, &document)))
    });
    pass(100.0).await;
    assert_eq!(service.figures().sessions_ended, 9_000);
    assert_refused(&service.check(&fake.token()).await, Refusal::Unavailable);
}
