//! The schedule of a signing key.
//!
//! ```text
//!   published ─────────▶ signs ─────────▶ superseded by a newer key ─────────▶ retired
//!       └ publish_lead_time ┘└── key_lifetime ──┘└ RETIRE_DELAY: its last token expires ┘
//! ```
//! A reset skips this: all keys are retired at once, and the new one signs immediately.

use std::time::Duration;

use crate::{
    clock::Moment,
    revocation::set::{MAX_STALENESS, RETENTION},
};

/// Upper limit of [`KeySchedule::jwks_max_age`].
const MAX_JWKS_AGE: Duration = Duration::from_mins(5);

/// Tolerated difference between the clocks of nodes.
const MAX_CLOCK_SKEW: Duration = Duration::from_mins(1);

/// How long a superseded key still verifies: the maximum lifetime of an access token, and a minute for clock skew.
pub const RETIRE_DELAY: Duration = RETENTION;

/// How long a key signs (the setting `key_lifetime`), and the durations that follow from it.
#[derive(Clone, Copy, Debug)]
pub struct KeySchedule(pub Duration);

impl KeySchedule {
    /// The `max-age` of the JWKS response, for which services and proxies may cache it. In whole seconds, as in the
    /// header.
    pub fn jwks_max_age(self) -> Duration {
        Duration::from_secs((self.0 / 4).min(MAX_JWKS_AGE).as_secs().max(1))
    }

    /// The time between publishing a key and signing with it. It ensures that no verifier lacks the key: cached key
    /// sets have expired, and every node has polled the database or rejects requests because it is stale.
    pub fn publish_lead_time(self) -> Duration {
        self.jwks_max_age() + MAX_STALENESS
    }

    /// Whether it is time to publish the next key.
    pub fn is_due(self, newest_signs_from: Moment, now: Moment) -> bool {
        let next_signs_from = now.plus(self.publish_lead_time());
        let is_not_yet_due = newest_signs_from.plus(self.0) > next_signs_from;
        !is_not_yet_due || is_dated_in_the_future(newest_signs_from, next_signs_from)
    }
}

/// Whether the key was generated before the clock was set back: it would not be due for rotation for a long time.
fn is_dated_in_the_future(signs_from: Moment, next_signs_from: Moment) -> bool {
    signs_from > next_signs_from.plus(MAX_CLOCK_SKEW)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::KeySchedule;
    use crate::clock::Moment;

    const DAY: Duration = Duration::from_hours(24);

    #[test]
    fn a_key_is_published_for_longer_than_a_key_set_may_be_cached_before_it_signs() {
        for (lifetime, max_age) in [(5, 1), (8, 2), (60, 15), (1200, 300), (30 * 24 * 3600, 300)] {
            let schedule = KeySchedule(Duration::from_secs(lifetime));
            assert_eq!(schedule.jwks_max_age(), Duration::from_secs(max_age));
            assert!(schedule.publish_lead_time() >= schedule.jwks_max_age() + Duration::from_secs(2));
            assert!(schedule.publish_lead_time() < schedule.0);
        }
    }

    #[test]
    fn the_next_key_signs_when_the_lifetime_of_the_previous_one_ends() {
        let schedule = KeySchedule(30 * DAY);
        let end = Moment(0).plus(30 * DAY);
        assert!(!schedule.is_due(Moment(0), end.minus(schedule.publish_lead_time()).minus(Duration::from_millis(1))));
        assert!(schedule.is_due(Moment(0), end.minus(schedule.publish_lead_time())));
        assert!(schedule.is_due(Moment(0), end.plus(365 * DAY)), "the server was not running");
    }

    #[test]
    fn a_key_made_by_a_wrong_clock_is_replaced() {
        let schedule = KeySchedule(30 * DAY);
        let now = Moment(0);
        assert!(!schedule.is_due(now.plus(schedule.publish_lead_time()), now), "just published");
        assert!(schedule.is_due(now.plus(DAY), now));
    }
}
