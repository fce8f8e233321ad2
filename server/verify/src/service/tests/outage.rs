//! Doorward is away, or behind a proxy that keeps old answers: what a service still believes.

use std::{sync::Arc, time::Duration};

use super::{
    super::{Refusal, WhenStale},
    Fake, assert_refused, pass, started, started_with,
};

const FEED: &str = "revocations";

#[tokio::test(start_paused = true)]
async fn without_the_feed_for_a_minute_nobody_gets_in() {
    let fake = Fake::new();
    let service = started(&fake).await;
    pass(1.0).await;
    fake.state().is_down = true;

    // The question that is being waited for is answered after 25 seconds.
    pass(80.0).await;
    assert!(service.check(&fake.token()).await.is_ok());
    pass(10.0).await;
    assert_refused(&service.check(&fake.token()).await, Refusal::Unavailable);
    assert!(service.figures().is_stale);
}

#[tokio::test(start_paused = true)]
async fn a_question_that_never_returns_refuses_nobody() {
    let fake = Fake::new();
    let service = started(&fake).await;
    fake.state().loses = 1;

    for second in 0..120 {
        assert!(service.check(&fake.token()).await.is_ok(), "after {second} seconds");
        pass(1.0).await;
    }
    assert_eq!(fake.state().loses, 0);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_accepts_goes_on_and_still_knows_who_was_out() {
    let fake = Fake::new();
    let service = started_with(&fake, |settings| settings.when_stale(WhenStale::Accept)).await;
    fake.end("phone");
    pass(1.0).await;
    fake.state().is_down = true;
    pass(600.0).await;
    assert!(service.figures().is_stale);
    assert!(service.check(&fake.token()).await.is_ok());
    assert_refused(&service.check(&fake.token_of("phone")).await, Refusal::SessionEnded);
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_is_back_is_heard_within_ten_seconds() {
    let fake = Fake::new();
    let service = started(&fake).await;
    pass(1.0).await;
    fake.state().is_down = true;
    pass(300.0).await;
    let asked = fake.asked(FEED).len();
    assert!(asked < 70, "{asked} questions in five minutes of outage");

    fake.end("phone");
    fake.state().is_down = false;
    pass(10.1).await;

    assert!(service.check(&fake.token()).await.is_ok());
    assert_refused(&service.check(&fake.token_of("phone")).await, Refusal::SessionEnded);
}

#[tokio::test(start_paused = true)]
async fn an_old_copy_leads_on_but_confirms_nothing() {
    let fake = Fake::new();
    fake.end("phone");
    let revoked = fake.state().revoked.clone();
    let copy = fake.document(None, &revoked).body;
    pass(200.0).await;
    fake.end("laptop");
    // A proxy has kept the whole set for far too long; everything else goes through, and fails.
    fake.lie(move |question| match question.path.as_str() {
        "/.well-known/revocations" => {
            Some(Ok(super::super::transport::Answer { headers: http::HeaderMap::new(), body: copy.clone() }))
        }
        path if path.contains(FEED) => Some(Err(super::super::transport::Failed::new("not through here"))),
        _ => None,
    });

    let service = super::settings_at(fake.now()).start_on(fake.clone());
    pass(5.0).await;
    assert_refused(&service.check(&fake.token_of("phone")).await, Refusal::SessionEnded);
    assert_refused(&service.check(&fake.token_of("tablet")).await, Refusal::Unavailable);
    let age = service.figures().feed_age.expect("an age");
    assert!(age > Duration::from_secs(199), "{age:?}");

    fake.state().lie = None;
    pass(10.1).await;
    assert!(fake.state().asked.iter().any(|(_, question)| question.path.ends_with("?after=1")));
    assert_refused(&service.check(&fake.token_of("laptop")).await, Refusal::SessionEnded);
    assert!(service.check(&fake.token_of("tablet")).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_answers_at_once_is_not_asked_without_a_pause() {
    let fake = Fake::new();
    let service = started(&fake).await;
    let proxied = fake.clone();
    fake.lie(move |question| {
        let after = question.path.split_once("?after=")?.1;
        Some(Ok(proxied.document(Some(after), &[])))
    });
    pass(100.0).await;
    let asked = fake.asked(FEED).len();
    assert!(asked <= 402, "{asked} questions in 100 seconds");
    drop(service);
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_is_found_out_by_the_time_of_day() {
    let fake = Fake::new();
    let slept = Arc::new(std::sync::atomic::AtomicI64::new(0));
    let (now, asleep) = (fake.clone(), slept.clone());
    let service = started_with(&fake, |settings| {
        settings.clock(move || now.now() + asleep.load(std::sync::atomic::Ordering::Relaxed))
    })
    .await;
    let token = fake.token();
    assert!(service.check(&token).await.is_ok());
    // The steady clock has not moved.
    slept.store(120, std::sync::atomic::Ordering::Relaxed);
    assert_refused(&service.check(&token).await, Refusal::Unavailable);
}
