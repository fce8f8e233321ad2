//! Conditions that become true soon, in place of sleeping.

use std::{panic::Location, time::Duration};

/// The contract promises one second, and `make bench` measures it; hundreds of tests at once on a small machine get more.
const TIMEOUT: Duration = Duration::from_secs(4);

/// Polls until the condition holds; panics when it still does not after the timeout.
#[track_caller]
pub fn eventually(mut condition: impl AsyncFnMut() -> bool) -> impl Future<Output = ()> {
    let caller = Location::caller();
    async move {
        let polling = async {
            while !condition().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let result = tokio::time::timeout(TIMEOUT, polling).await;
        assert!(result.is_ok(), "still false after {TIMEOUT:?}, at {caller}");
    }
}
