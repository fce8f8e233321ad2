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
async fn a_page_from_the_future_is_reported_with_the_clock_skew() {
    let (revoked, at) = (RevokedSessions::default(), Instant::now());
    let page = |iat| FeedPage { iss: String::new(), iat, after: None, cursor: String::new(), revoked: Vec::new() };
    for (ahead, reported) in [(60, Some(60)), (5, None), (6, Some(6)), (-60, None)] {
        let applied = revoked.apply(&page(NOW + ahead), NOW, at).expect("a page within the limits");
        assert_eq!(applied.seconds_ahead, reported);
    }
}
