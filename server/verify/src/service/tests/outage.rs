//! Outages of Doorward, stale copies of a proxy, and a suspended machine: when the feed becomes stale.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use http::HeaderMap;

use super::{
    super::{
        Rejection, WhenStale,
        transport::{FetchError, FetchResponse},
    },
    FakeDoorward, assert_rejected, elapse, started, started_with,
};

const FEED: &str = "revocations";

#[tokio::test(start_paused = true)]
async fn after_a_minute_without_the_feed_every_request_is_rejected() {
    let fake = FakeDoorward::new();
    let service = started(&fake).await;
    elapse(1.0).await;
    fake.state().is_down = true;

    // The request in flight still gets a response, after 25 seconds.
    elapse(80.0).await;
    assert!(service.verify(&fake.token()).await.is_ok());
    elapse(10.0).await;
    assert_rejected(&service.verify(&fake.token()).await, Rejection::Unavailable);
    assert!(service.stats().is_stale);
}

#[tokio::test(start_paused = true)]
async fn one_lost_request_does_not_make_the_feed_stale() {
    let fake = FakeDoorward::new();
    let service = started(&fake).await;
    fake.state().lost_requests = 1;

    for second in 0..120 {
        assert!(service.verify(&fake.token()).await.is_ok(), "after {second} seconds");
        elapse(1.0).await;
    }
    assert_eq!(fake.state().lost_requests, 0);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_accepts_a_stale_feed_still_rejects_known_revoked_sessions() {
    let fake = FakeDoorward::new();
    let service = started_with(&fake, |settings| settings.when_stale(WhenStale::Accept)).await;
    fake.end_session("phone");
    elapse(1.0).await;
    fake.state().is_down = true;
    elapse(600.0).await;
    assert!(service.stats().is_stale);
    assert!(service.verify(&fake.token()).await.is_ok());
    assert_rejected(&service.verify(&fake.token_of("phone")).await, Rejection::SessionEnded);
}

#[tokio::test(start_paused = true)]
async fn the_feed_recovers_within_ten_seconds_of_an_outage() {
    let fake = FakeDoorward::new();
    let service = started(&fake).await;
    elapse(1.0).await;
    fake.state().is_down = true;
    elapse(300.0).await;
    let requests = fake.requests_to(FEED).len();
    assert!(requests < 70, "{requests} requests in an outage of five minutes");

    fake.end_session("phone");
    fake.state().is_down = false;
    elapse(10.1).await;

    assert!(service.verify(&fake.token()).await.is_ok());
    assert_rejected(&service.verify(&fake.token_of("phone")).await, Rejection::SessionEnded);
}

#[tokio::test(start_paused = true)]
async fn a_stale_copy_from_a_proxy_revokes_sessions_but_does_not_make_the_feed_fresh() {
    let fake = FakeDoorward::new();
    fake.end_session("phone");
    let revoked = fake.state().revoked.clone();
    let copy = fake.page(None, &revoked).body;
    elapse(200.0).await;
    fake.end_session("laptop");
    // The proxy has a copy of the complete set, which is far too old, and cannot reach Doorward for later pages.
    fake.override_response(move |request| match request.path.as_str() {
        "/.well-known/revocations" => Some(Ok(FetchResponse { headers: HeaderMap::new(), body: copy.clone() })),
        path if path.contains(FEED) => Some(Err(FetchError::new("bad gateway"))),
        _ => None,
    });

    let service = super::settings_at(fake.now()).start_with(fake.clone());
    elapse(5.0).await;
    assert_rejected(&service.verify(&fake.token_of("phone")).await, Rejection::SessionEnded);
    assert_rejected(&service.verify(&fake.token_of("tablet")).await, Rejection::Unavailable);
    let age = service.stats().feed_age.expect("an age");
    assert!(age > Duration::from_secs(199), "{age:?}");

    fake.state().response_override = None;
    elapse(10.1).await;
    assert!(fake.state().requests.iter().any(|(_, request)| request.path.ends_with("?after=1")));
    assert_rejected(&service.verify(&fake.token_of("laptop")).await, Rejection::SessionEnded);
    assert!(service.verify(&fake.token_of("tablet")).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_answers_long_polls_at_once_gets_at_most_four_requests_a_second() {
    let fake = FakeDoorward::new();
    let service = started(&fake).await;
    let proxied = fake.clone();
    fake.override_response(move |request| {
        let after = request.path.split_once("?after=")?.1;
        Some(Ok(proxied.page(Some(after), &[])))
    });
    elapse(100.0).await;
    let requests = fake.requests_to(FEED).len();
    assert!(requests <= 402, "{requests} requests in 100 seconds");
    drop(service);
}

#[tokio::test(start_paused = true)]
async fn after_a_suspend_the_wall_clock_shows_that_the_feed_is_stale() {
    let fake = FakeDoorward::new();
    let suspended = Arc::new(AtomicI64::new(0));
    let (running, offset) = (fake.clone(), suspended.clone());
    let now = move || running.now() + offset.load(Relaxed);
    let service = started_with(&fake, |settings| settings.clock(now)).await;
    let token = fake.token();
    assert!(service.verify(&token).await.is_ok());
    // Only the wall clock advances; the monotonic clock does not.
    suspended.store(120, Relaxed);
    assert_rejected(&service.verify(&token).await, Rejection::Unavailable);
}
