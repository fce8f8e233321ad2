//! Tests of a service against a fake Doorward: no network, and a paused clock.

mod at_least;
mod clock_skew;
mod extractors;
mod fake_doorward;
#[path = "../../../tests/forge/mod.rs"]
mod forge;
mod hostile_feed;
mod jwks;
mod outage;
mod recent;
mod revoked;

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};

use self::{
    fake_doorward::FakeDoorward,
    forge::{AUDIENCE, ISSUER, NOW},
};
use super::{Doorward, Rejection, Settings};
use crate::Claims;

/// The settings of all tests: the wall clock starts at `NOW` and advances with the paused clock.
fn settings() -> Settings {
    settings_at(NOW)
}

fn settings_at(start: i64) -> Settings {
    let started = Instant::now();
    let now = move || start + i64::try_from(started.elapsed().as_secs()).expect("a short test");
    Doorward::at(ISSUER).audience(AUDIENCE).clock(now)
}

/// A service that has read the key set and the feed.
async fn started(fake: &FakeDoorward) -> Doorward {
    started_with(fake, |settings| settings).await
}

async fn started_with(fake: &FakeDoorward, change: impl FnOnce(Settings) -> Settings) -> Doorward {
    let service = change(settings()).start_with(fake.clone());
    service.ready().await;
    service
}

type Verified = Result<Arc<Claims>, Rejection>;

#[track_caller]
fn assert_rejected(verified: &Verified, rejection: Rejection) {
    assert_eq!(verified.as_ref().expect_err("a rejection"), &rejection);
}

/// Lets the background tasks run for this long on the paused clock.
async fn elapse(seconds: f64) {
    sleep(Duration::from_secs_f64(seconds)).await;
}
