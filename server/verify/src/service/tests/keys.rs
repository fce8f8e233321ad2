//! The key set: fetched, kept, replaced, and nobody's lever.

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::time::timeout;

use super::{
    super::{Refusal, transport::Answer},
    Fake, assert_refused,
    fake::token,
    forge::{Forge, NOW},
    pass, settings, started,
};

const JWKS: &str = "jwks";

#[tokio::test(start_paused = true)]
async fn a_token_signed_with_a_new_key_is_good_at_once() {
    let fake = Fake::new();
    let service = started(&fake).await;
    let old = fake.token();

    fake.add_key("two");

    assert!(service.check(&fake.token()).await.is_ok());
    assert!(service.check(&old).await.is_ok(), "the old key is still published");
    assert_eq!(fake.asked(JWKS), [0.0, 0.0]);
    assert!(fake.state().asked.last().expect("a look").1.past_caches, "a proxy's copy would not have the key");
}

#[tokio::test(start_paused = true)]
async fn r67_a_storm_of_unknown_keys_is_one_question_in_30_seconds() {
    let fake = Fake::new();
    let service = started(&fake).await;
    for second in 0..60 {
        for number in 0..50 {
            let name = format!("nobody-{second}-{number}");
            let forged = token(&Forge { kid: name, ..Forge::named("") }, "session", NOW);
            assert_refused(&service.check(&forged).await, Refusal::TokenInvalid);
        }
        assert!(good_at_once(service.check(&fake.token())), "the good ones do not wait");
        pass(1.0).await;
    }
    assert_eq!(fake.asked(JWKS), [0.0, 0.0, 30.0]);
}

/// Whether a check is good without waiting for anything.
fn good_at_once(check: impl Future<Output = super::Checked>) -> bool {
    let checked = std::pin::pin!(check).poll(&mut Context::from_waker(Waker::noop()));
    matches!(checked, Poll::Ready(Ok(_)))
}

#[tokio::test(start_paused = true)]
async fn r67_the_last_good_set_is_kept_when_doorward_is_down() {
    let fake = Fake::new();
    fake.state().max_age = 10;
    let service = started(&fake).await;

    fake.state().is_down = true;
    pass(50.0).await;

    assert!(service.check(&fake.token()).await.is_ok());
    assert!(service.figures().keys_age > Some(Duration::from_secs(45)));
}

#[tokio::test(start_paused = true)]
async fn a_key_that_cannot_be_asked_for_is_nobodys_fault() {
    let fake = Fake::new();
    let service = started(&fake).await;

    fake.add_key("two");
    fake.state().is_down = true;
    assert_refused(&service.check(&fake.token()).await, Refusal::Unavailable);

    fake.state().is_down = false;
    pass(30.0).await;
    assert!(service.check(&fake.token()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn before_the_first_key_set_nobody_is_called_a_forger() {
    let fake = Fake::new();
    fake.state().is_down = true;
    let service = settings().start_on(fake.clone());
    pass(60.0).await;
    assert_refused(&service.check(&fake.token()).await, Refusal::Unavailable);

    fake.state().is_down = false;
    service.ready().await;
    assert!(service.check(&fake.token()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_set_is_fetched_again_before_it_is_too_old() {
    let fake = Fake::new();
    fake.state().max_age = 100;
    let service = started(&fake).await;

    pass(1000.0).await;

    let asked = fake.asked(JWKS);
    assert!(asked.windows(2).all(|pair| (79.9..=100.1).contains(&(pair[1] - pair[0]))), "{asked:?}");
    drop(service);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_no_key_set_changes_nothing() {
    let fake = Fake::new();
    fake.state().max_age = 10;
    let service = started(&fake).await;
    let deep = "[".repeat(100_000);
    let twice = format!(
        "{{\"keys\":[{0},{0}]}}",
        serde_json::json!({
            "kty": "OKP", "crv": "Ed25519", "x": fake.key().x, "kid": "one", "alg": "EdDSA", "use": "sig",
        })
    );
    let answers = ["", "<html>", "{}", "[]", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"RSA"}]}"#, "\u{0}", &deep, &twice];

    for answer in answers.into_iter().map(str::to_owned).chain(["x".repeat(300_000)]) {
        fake.lie(move |question| {
            let body = answer.clone().into();
            question.path.contains(JWKS).then(|| Ok(Answer { headers: http::HeaderMap::new(), body }))
        });
        pass(30.0).await;
        assert!(service.check(&fake.token()).await.is_ok());
        assert_eq!(service.figures().keys, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_hangs_up_leaves_the_look_to_the_others() {
    let fake = Fake::new();
    let service = started(&fake).await;
    fake.add_key("two");
    fake.state().takes = Duration::from_secs(2);

    let hung_up = timeout(Duration::from_secs(1), service.check(&fake.token())).await;
    assert!(hung_up.is_err());

    assert!(service.check(&fake.token()).await.is_ok());
    assert_eq!(fake.asked(JWKS).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_doorward_longer_than_five_seconds() {
    let fake = Fake::new();
    let service = started(&fake).await;
    fake.add_key("two");
    fake.state().takes = Duration::from_hours(1);

    let token = fake.token();
    let (one, other) = tokio::join!(service.check(&token), service.check(&token));
    assert_refused(&one, Refusal::Unavailable);
    assert_refused(&other, Refusal::Unavailable);
    assert_eq!(fake.now(), NOW + 5);
}

#[tokio::test(start_paused = true)]
async fn r68_a_key_that_is_gone_takes_its_tokens_along_remembered_or_not() {
    let fake = Fake::new();
    let service = started(&fake).await;
    let (remembered, other) = (fake.token(), fake.token_of("other"));
    assert!(service.check(&remembered).await.is_ok());

    // A reset: the old key leaves the set, a new one signs, and the feed has news.
    let reset = Arc::new(Forge::named("two"));
    fake.state().keys = vec![reset];
    fake.end("somebody");
    pass(0.5).await;

    assert_refused(&service.check(&remembered).await, Refusal::TokenInvalid);
    assert_refused(&service.check(&other).await, Refusal::TokenInvalid);
    assert!(service.check(&fake.token()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn r68_another_key_of_the_same_name_is_another_key() {
    let fake = Fake::new();
    fake.state().max_age = 10;
    let service = started(&fake).await;
    let old = fake.token();
    assert!(service.check(&old).await.is_ok());

    fake.state().keys = vec![Arc::new(Forge::new())];
    pass(11.0).await;

    assert_refused(&service.check(&old).await, Refusal::TokenInvalid);
    assert!(service.check(&fake.token()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_an_earlier_question_replaces_nothing() {
    let fake = Fake::new();
    fake.state().max_age = 10;
    let service = started(&fake).await;
    fake.state().takes = Duration::from_secs(4);
    pass(10.0).await;
    assert_eq!(fake.asked(JWKS).len(), 2, "the second question is on its way");

    fake.state().takes = Duration::ZERO;
    fake.add_key("two");
    assert!(service.check(&fake.token()).await.is_ok());
    pass(5.0).await;

    assert_eq!(service.figures().keys, 2);
    assert!(service.check(&fake.token()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_old_copy_of_a_proxy_brings_no_key_back() {
    let fake = Fake::new();
    fake.state().max_age = 10;
    let service = started(&fake).await;
    let (old, copy) = (fake.token(), fake.jwks());
    let (headers, body) = (copy.headers, copy.body);
    fake.lie(move |question| {
        let is_copied = question.path.contains(JWKS) && !question.past_caches;
        is_copied.then(|| Ok(Answer { headers: headers.clone(), body: body.clone() }))
    });
    pass(5.0).await;

    fake.state().keys = vec![Arc::new(Forge::named("two"))];
    assert!(service.check(&fake.token()).await.is_ok());
    pass(7.0).await;

    assert!(fake.asked(JWKS).len() > 2, "the set was fetched again");
    assert_refused(&service.check(&old).await, Refusal::TokenInvalid);
    assert!(service.check(&fake.token()).await.is_ok());
}
