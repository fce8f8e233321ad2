//! Wall clocks that are changed while a service runs, and clocks that differ.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::time::Instant;

use super::{
    super::{Rejection, revoked::RevokedSessions},
    FakeDoorward, NOW, assert_rejected, elapse,
};
use crate::feed::FeedPage;

#[tokio::test(start_paused = true)]
async fn setting_both_clocks_back_rejects_no_valid_token() {
    let fake = FakeDoorward::new();
    let set_back = Arc::new(AtomicI64::new(0));
    let (right, offset) = (fake.clone(), set_back.clone());
    let now = move || right.now() - offset.load(Relaxed);
    let service = super::started_with(&fake, |settings| settings.clock(now)).await;

    set_back.store(3600, Relaxed);
    fake.state().clock_behind = 3600;
    elapse(120.0).await;

    let token = super::fake_doorward::token(&fake.key(), "session", fake.now() - 3600);
    assert!(service.verify(&token).await.is_ok());
    assert!(service.stats().feed_age < Some(Duration::from_secs(30)));
}

/// By the wrong clock its token is valid again, long after the service has dropped it from the set.
#[tokio::test(start_paused = true)]
async fn a_service_whose_clock_is_set_back_accepts_no_token_of_a_session_revoked_long_ago() {
    let fake = FakeDoorward::new();
    let set_back = Arc::new(AtomicI64::new(0));
    let (right, offset) = (fake.clone(), set_back.clone());
    let now = move || right.now() - offset.load(Relaxed);
    let service = super::started_with(&fake, |settings| settings.clock(now)).await;
    let token = fake.token();
    fake.end_session("session");
    elapse(3600.0).await;
    assert_eq!(service.stats().revoked_sessions, 0);

    set_back.store(3600, Relaxed);

    for _ in 0..100 {
        assert_rejected(&service.verify(&token).await, Rejection::Unavailable);
        elapse(1.0).await;
    }
    set_back.store(0, Relaxed);
    elapse(30.0).await;
    assert!(service.verify(&fake.token_of("phone")).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_feed_becomes_stale_while_doorwards_clock_is_ahead() {
    let fake = FakeDoorward::new();
    let service = super::started(&fake).await;
    fake.state().clock_behind = -60;
    elapse(120.0).await;
    assert_rejected(&service.verify(&fake.token()).await, Rejection::Unavailable);

    fake.state().clock_behind = 0;
    elapse(30.0).await;
    assert!(service.verify(&fake.token()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_page_from_the_future_keeps_its_sessions_for_as_long_as_any() {
    let (revoked, at) = (RevokedSessions::default(), Instant::now());
    let page = FeedPage {
        iss: String::new(),
        iat: NOW + 3600,
        after: None,
        cursor: String::new(),
        revoked: vec![("phone".into(), NOW + 960)],
    };
    revoked.apply(&page, NOW, at).expect("a page within the limits");
    assert!(revoked.status("phone", NOW, at + Duration::from_mins(15)).is_revoked);
    let next = FeedPage { revoked: Vec::new(), iat: NOW + 900, ..page };
    revoked.apply(&next, NOW + 900, at + Duration::from_mins(15)).expect("a page within the limits");
    assert_eq!(revoked.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_page_from_the_future_is_reported_with_the_clock_skew() {
    let (revoked, at) = (RevokedSessions::default(), Instant::now());
    let page = |iat| FeedPage { iss: String::new(), iat, after: None, cursor: String::new(), revoked: Vec::new() };
    for (ahead, reported) in [(60, Some(60)), (5, None), (6, Some(6)), (-60, None)] {
        let applied = revoked.apply(&page(NOW + ahead), NOW, at).expect("a page within the limits");
        assert_eq!(applied.seconds_ahead, reported);
    }
}
