//! Clocks that are set while a service runs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::time::Instant;

use super::{
    super::{Refusal, ended::Ended},
    Fake, NOW, assert_refused, pass,
};
use crate::feed::Revocations;

#[tokio::test(start_paused = true)]
async fn both_clocks_set_back_together_refuse_nobody() {
    let fake = Fake::new();
    let back = Arc::new(AtomicI64::new(0));
    let (now, set) = (fake.clone(), back.clone());
    let service = super::started_with(&fake, |settings| settings.clock(move || now.now() - set.load(Relaxed))).await;

    back.store(3600, Relaxed);
    let (doorward, set) = (fake.clone(), back.clone());
    fake.state().behind = 3600;
    pass(120.0).await;

    let token = super::fake::token(&doorward.key(), "session", doorward.now() - set.load(Relaxed));
    assert!(service.check(&token).await.is_ok());
    assert!(service.figures().feed_age < Some(Duration::from_secs(30)));
}

#[tokio::test(start_paused = true)]
async fn a_doorward_whose_clock_is_ahead_confirms_nothing_until_it_is_right() {
    let fake = Fake::new();
    let service = super::started(&fake).await;
    fake.state().behind = -60;
    pass(120.0).await;
    let token = super::fake::token(&fake.key(), "session", fake.now());
    assert_refused(&service.check(&token).await, Refusal::Unavailable);

    fake.state().behind = 0;
    pass(30.0).await;
    let token = super::fake::token(&fake.key(), "session", fake.now());
    assert!(service.check(&token).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_log_can_tell_by_how_much_the_clocks_differ() {
    let (mut ended, at) = (Ended::default(), Instant::now());
    let document =
        |iat| Revocations { iss: String::new(), iat, after: None, cursor: String::new(), revoked: Vec::new() };
    for (ahead, told) in [(60, Some(60)), (5, None), (6, Some(6)), (-60, None)] {
        ended.learn(&document(NOW + ahead), NOW, at).expect("a document that can be held");
        assert_eq!(ended.ahead(), told);
    }
}
