//! Sessions that end: refused at once, remembered as long as it matters, whatever the clocks do.

use super::{
    super::{Refusal, WhenStale},
    Fake, assert_refused, pass, started, started_with,
};

const FEED: &str = "revocations";

#[tokio::test(start_paused = true)]
async fn a_session_that_ends_takes_its_remembered_tokens_along() {
    let fake = Fake::new();
    let service = started(&fake).await;
    let (phone, laptop) = (fake.token_of("phone"), fake.token_of("laptop"));
    assert!(service.check(&phone).await.is_ok());

    fake.end("phone");
    pass(0.3).await;

    assert_refused(&service.check(&phone).await, Refusal::SessionEnded);
    assert!(service.check(&laptop).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn what_ended_before_the_service_started_is_known_to_it() {
    let fake = Fake::new();
    fake.end("phone");
    let service = started(&fake).await;
    assert_refused(&service.check(&fake.token_of("phone")).await, Refusal::SessionEnded);
}

#[tokio::test(start_paused = true)]
async fn many_ends_in_a_row_are_few_questions() {
    let fake = Fake::new();
    let service = started(&fake).await;
    pass(1.0).await;
    let before = fake.asked(FEED).len();

    for number in 0..1000 {
        fake.end(&format!("session-{number}"));
        pass(0.001).await;
    }
    pass(0.3).await;

    assert!(fake.asked(FEED).len() - before <= 25, "{}", fake.asked(FEED).len());
    assert_eq!(service.figures().sessions_ended, 1000);
}

#[tokio::test(start_paused = true)]
async fn nothing_new_is_one_question_in_25_seconds() {
    let fake = Fake::new();
    let service = started(&fake).await;
    pass(1000.0).await;
    let asked = fake.asked(FEED).len();
    assert!((40..=42).contains(&asked), "{asked}");
    drop(service);
}

#[tokio::test(start_paused = true)]
async fn an_end_is_forgotten_when_no_token_can_be_left() {
    let fake = Fake::new();
    let service = started(&fake).await;
    fake.end("phone");
    pass(900.0).await;
    assert_refused(&service.check(&fake.token_of("phone")).await, Refusal::SessionEnded);
    pass(200.0).await;
    assert_eq!(service.figures().sessions_ended, 0);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_refused_in_the_second_in_which_it_expires() {
    let fake = Fake::new();
    let service = started(&fake).await;
    let token = fake.token();
    pass(299.5).await;
    assert!(service.check(&token).await.is_ok());
    pass(0.5).await;
    assert_refused(&service.check(&token).await, Refusal::TokenExpired);
}

#[tokio::test(start_paused = true)]
async fn a_service_stops_asking_when_it_is_dropped() {
    let fake = Fake::new();
    fake.state().max_age = 1;
    let service = started(&fake).await;
    pass(10.0).await;
    let clone = service.clone();
    drop(service);
    pass(10.0).await;
    let asked = fake.state().asked.len();
    assert!(asked > 15);

    drop(clone);
    pass(100.0).await;
    assert_eq!(fake.state().asked.len(), asked);
}

#[tokio::test(start_paused = true)]
async fn the_feed_is_followed_whatever_happens_when_it_is_stale() {
    let fake = Fake::new();
    let service = started_with(&fake, |settings| settings.when_stale(WhenStale::Accept)).await;
    fake.end("phone");
    pass(0.3).await;
    assert_refused(&service.check(&fake.token_of("phone")).await, Refusal::SessionEnded);
}
