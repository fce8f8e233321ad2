//! A service and a Doorward that does whatever a test wants, without a network and on a clock that jumps.

mod clocks;
mod fake;
#[path = "../../../tests/forge/mod.rs"]
mod forge;
mod hostile;
mod in_process;
mod keys;
mod outage;
mod revoked;

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};

use self::{
    fake::Fake,
    forge::{AUDIENCE, ISSUER, NOW},
};
use super::{Doorward, Refusal, Settings};
use crate::Claims;

/// The settings of all tests: the time of day begins at `NOW` and goes on with the steady clock.
fn settings() -> Settings {
    settings_at(NOW)
}

fn settings_at(first: i64) -> Settings {
    let begin = Instant::now();
    let now = move || first + i64::try_from(begin.elapsed().as_secs()).expect("a short test");
    Doorward::at(ISSUER).audience(AUDIENCE).clock(now)
}

/// A service that has its keys and its feed.
async fn started(fake: &Fake) -> Doorward {
    started_with(fake, |settings| settings).await
}

async fn started_with(fake: &Fake, change: impl FnOnce(Settings) -> Settings) -> Doorward {
    let service = change(settings()).start_on(fake.clone());
    service.ready().await;
    service
}

type Checked = Result<Arc<Claims>, Refusal>;

#[track_caller]
fn assert_refused(checked: &Checked, refusal: Refusal) {
    assert_eq!(checked.as_ref().expect_err("it is not refused"), &refusal);
}

/// Lets that much time pass, and everybody do what they do in it.
async fn pass(seconds: f64) {
    sleep(Duration::from_secs_f64(seconds)).await;
}
