//! The moments in the schedule of a key.
//!
//! ```text
//!   published ──▶ signs ──────────────▶ a newer one signs ──▶ retired
//!       └ publish_lead_time ┘└ lifetime ┘                 └ until its last token has ended ┘
//! ```
//! A reset cuts this short: all keys are retired at once, and the new one signs from its first moment.

use std::time::Duration;

use crate::{
    clock::Moment,
    revocation::set::{MAX_STALENESS, RETENTION},
};

/// The longest time for which services and proxies may keep the key set.
const KEPT: Duration = Duration::from_mins(5);

/// A key that was to sign later than any clock of ours would have said was made by a clock that was wrong.
const DRIFT: Duration = Duration::from_mins(1);

/// How long after the last moment at which it may have signed a key still checks: the longest schedule of an access token,
/// and a minute for clocks that differ.
pub const VERIFIES_ON: Duration = RETENTION;

/// How long keys sign, and what follows from it.
#[derive(Clone, Copy, Debug)]
pub struct KeySchedule(pub Duration);

impl KeySchedule {
    /// For how long services and proxies may keep the key set: whole seconds, as they are told.
    pub fn jwks_max_age(self) -> Duration {
        Duration::from_secs((self.0 / 4).min(KEPT).as_secs().max(1))
    }

    /// How long before it signs a key is published. By then nobody has a set without it (R66): every node has looked at
    /// the database, or knows that it has not, and what was kept anywhere is too old.
    pub fn publish_lead_time(self) -> Duration {
        self.jwks_max_age() + MAX_STALENESS
    }

    /// Whether it is time to publish the next key, when the newest one signs from then on.
    pub fn is_due(self, newest_signs_from: Moment, now: Moment) -> bool {
        let next_signs_from = now.plus(self.publish_lead_time());
        let is_in_time = newest_signs_from.plus(self.0) > next_signs_from;
        !is_in_time || is_from_the_future(newest_signs_from, next_signs_from)
    }
}

/// Whether the clock was set back after the key had been made: it would never be replaced (F3).
fn is_from_the_future(signs_from: Moment, next_signs_from: Moment) -> bool {
    signs_from > next_signs_from.plus(DRIFT)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::KeySchedule;
    use crate::clock::Moment;

    const DAY: Duration = Duration::from_hours(24);

    #[test]
    fn r66_a_key_is_published_for_longer_than_a_set_may_be_kept_before_it_signs() {
        for (life, kept) in [(5, 1), (8, 2), (60, 15), (1200, 300), (30 * 24 * 3600, 300)] {
            let schedule = KeySchedule(Duration::from_secs(life));
            assert_eq!(schedule.jwks_max_age(), Duration::from_secs(kept));
            assert!(schedule.publish_lead_time() >= schedule.jwks_max_age() + Duration::from_secs(2));
            assert!(schedule.publish_lead_time() < schedule.0);
        }
    }

    #[test]
    fn the_next_key_is_published_so_that_it_signs_when_the_life_of_the_last_is_over() {
        let schedule = KeySchedule(30 * DAY);
        let end = Moment(0).plus(30 * DAY);
        assert!(!schedule.is_due(Moment(0), end.minus(schedule.publish_lead_time()).minus(Duration::from_millis(1))));
        assert!(schedule.is_due(Moment(0), end.minus(schedule.publish_lead_time())));
        assert!(schedule.is_due(Moment(0), end.plus(365 * DAY)), "the server was not running");
    }

    #[test]
    fn f3_a_key_of_a_clock_that_was_wrong_is_replaced() {
        let schedule = KeySchedule(30 * DAY);
        let now = Moment(0);
        assert!(!schedule.is_due(now.plus(schedule.publish_lead_time()), now), "just published");
        assert!(schedule.is_due(now.plus(DAY), now));
    }
}
