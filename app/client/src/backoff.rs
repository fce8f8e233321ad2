//! Exponential back-off with jitter, and the pause between attempts.

use std::{pin::pin, rc::Rc, time::Duration};

use futures::future::select;

use crate::{notify::Notify, platform::Platform};

const FIRST: Duration = Duration::from_secs(1);
pub(crate) const LONGEST: Duration = Duration::from_secs(30);

/// Upper limit for `Retry-After`: one request an hour is no load for a server.
const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(1);

/// The delay after a number of failures in a row: doubles each time, spread by `random` (0 to 1), so that browsers that
/// failed together do not return together. `retry_after` is a lower bound.
pub(crate) fn delay(failures: u32, retry_after: Option<Duration>, random: f64) -> Duration {
    delay_up_to(LONGEST, failures, retry_after, random)
}

/// The same, with an upper limit for the delay without `retry_after`.
pub(crate) fn delay_up_to(longest: Duration, failures: u32, retry_after: Option<Duration>, random: f64) -> Duration {
    let doubled = FIRST.saturating_mul(1 << (failures.saturating_sub(1)).min(16)).min(longest);
    let retry_after = retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
    (doubled / 2).max(retry_after) + (doubled / 2).mul_f64(random.clamp(0.0, 1.0))
}

/// Pauses between attempts, cut short when there is a reason to retry at once.
pub(crate) struct RetryTimer<P> {
    platform: Rc<P>,
    resumed: Notify,
}

impl<P: Platform> RetryTimer<P> {
    pub(crate) fn new(platform: Rc<P>) -> Self {
        Self { platform, resumed: Notify::default() }
    }

    /// Pauses before the next attempt. Not cut short after a `Retry-After`: an overloaded server does not recover because the
    /// network returned.
    pub(crate) async fn pause(&self, time: Duration, has_retry_after: bool) {
        let sleep = pin!(self.platform.sleep(time));
        if has_retry_after {
            sleep.await;
        } else {
            select(sleep, self.resumed.notified()).await;
        }
    }

    /// Ends the pauses without `Retry-After`: the page became visible, the machine woke up or the network returned.
    pub(crate) fn resume(&self) {
        self.resumed.notify();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_delay_doubles_up_to_half_a_minute() {
        let longest = |failures| delay(failures, None, 1.0).as_secs();
        assert_eq!([1, 2, 3, 4, 5, 6, 7, u32::MAX].map(longest), [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(delay(3, None, 0.0), 2 * SECOND);
    }

    #[test]
    fn jitter_spreads_the_longest_delay() {
        let longest = |random| delay_up_to(10 * SECOND, 9, None, random);
        assert_eq!([0.0, 0.5, 1.0].map(longest), [5 * SECOND, Duration::from_millis(7500), 10 * SECOND]);
    }

    #[test]
    fn retry_after_is_a_lower_bound() {
        assert_eq!(delay(1, Some(7 * SECOND), 0.0), 7 * SECOND);
        assert!(delay(1, Some(7 * SECOND), 0.9) > 7 * SECOND);
        assert_eq!(delay(6, Some(SECOND), 0.0), 15 * SECOND);
        assert_eq!(delay(1, Some(Duration::MAX), 0.0), LONGEST_RETRY_AFTER);
    }
}
