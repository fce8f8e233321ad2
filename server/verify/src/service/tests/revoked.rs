//! Revoked sessions: rejected at once, for as long as one of their tokens can be valid.

use super::{
    super::{Rejection, WhenStale},
    FakeDoorward, assert_rejected, elapse, started, started_with,
};

const FEED: &str = "revocations";

#[tokio::test(start_paused = true)]
async fn a_revoked_session_takes_its_cached_tokens_with_it() {
    let fake = FakeDoorward::new();
    let service = started(&fake).await;
    let (phone, laptop) = (fake.token_of("phone"), fake.token_of("laptop"));
    assert!(service.verify(&phone).await.is_ok());

    fake.end_session("phone");
    elapse(0.3).await;

    assert_rejected(&service.verify(&phone).await, Rejection::SessionEnded);
    assert!(service.verify(&laptop).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn sessions_revoked_before_the_service_started_are_rejected() {
    let fake = FakeDoorward::new();
    fake.end_session("phone");
    let service = started(&fake).await;
    assert_rejected(&service.verify(&fake.token_of("phone")).await, Rejection::SessionEnded);
}

#[tokio::test(start_paused = true)]
async fn many_revocations_in_a_row_take_few_requests() {
    let fake = FakeDoorward::new();
    let service = started(&fake).await;
    elapse(1.0).await;
    let before = fake.requests_to(FEED).len();

    for number in 0..1000 {
        fake.end_session(&format!("session-{number}"));
        elapse(0.001).await;
    }
    elapse(0.3).await;

    assert!(fake.requests_to(FEED).len() - before <= 25, "{}", fake.requests_to(FEED).len());
    assert_eq!(service.stats().revoked_sessions, 1000);
}

#[tokio::test(start_paused = true)]
async fn a_feed_without_changes_takes_one_request_every_25_seconds() {
    let fake = FakeDoorward::new();
    let service = started(&fake).await;
    elapse(1000.0).await;
    let requests = fake.requests_to(FEED).len();
    assert!((40..=42).contains(&requests), "{requests}");
    drop(service);
}

#[tokio::test(start_paused = true)]
async fn a_revoked_session_is_dropped_when_its_last_token_has_expired() {
    let fake = FakeDoorward::new();
    let service = started(&fake).await;
    fake.end_session("phone");
    elapse(900.0).await;
    assert_rejected(&service.verify(&fake.token_of("phone")).await, Rejection::SessionEnded);
    elapse(200.0).await;
    assert_eq!(service.stats().revoked_sessions, 0);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_rejected_in_the_second_of_its_exp() {
    let fake = FakeDoorward::new();
    let service = started(&fake).await;
    let token = fake.token();
    elapse(299.5).await;
    assert!(service.verify(&token).await.is_ok());
    elapse(0.5).await;
    assert_rejected(&service.verify(&token).await, Rejection::TokenExpired);
}

#[tokio::test(start_paused = true)]
async fn background_tasks_stop_with_the_last_clone() {
    let fake = FakeDoorward::new();
    fake.state().max_age = 1;
    let service = started(&fake).await;
    elapse(10.0).await;
    let clone = service.clone();
    drop(service);
    elapse(10.0).await;
    let requests = fake.state().requests.len();
    assert!(requests > 15);

    drop(clone);
    elapse(100.0).await;
    assert_eq!(fake.state().requests.len(), requests);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_accepts_a_stale_feed_still_follows_it() {
    let fake = FakeDoorward::new();
    let service = started_with(&fake, |settings| settings.when_stale(WhenStale::Accept)).await;
    fake.end_session("phone");
    elapse(0.3).await;
    assert_rejected(&service.verify(&fake.token_of("phone")).await, Rejection::SessionEnded);
}
