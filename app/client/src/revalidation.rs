//! Back-off of revalidations. A server, or a proxy in front of it, may reject a session and confirm it at the next refresh, again
//! and again. That such a refresh succeeds is no progress.

use std::time::Duration;

use crate::{backoff, clock::Moment};

/// A session that was confirmed this long ago is revalidated without delay.
const FORGIVEN: Duration = Duration::from_mins(5);

/// The revalidations of one session in a row.
#[derive(Default)]
pub(crate) struct Revalidations {
    session: Option<String>,
    count: u32,
    last: Moment,
    is_scheduled: bool,
}

impl Revalidations {
    /// Schedules a revalidation of the session with this id. Returns the delay, or `None` if one is scheduled already.
    pub(crate) fn schedule(&mut self, session: Option<String>, now: Moment, random: f64) -> Option<Duration> {
        if self.is_scheduled {
            return None;
        }
        if self.session != session || now - self.last > FORGIVEN {
            *self = Self { session, ..Self::default() };
        }
        self.is_scheduled = true;
        if self.count == 0 { Some(Duration::ZERO) } else { Some(backoff::delay(self.count, None, random)) }
    }

    /// The scheduled revalidation starts, or is no longer necessary.
    pub(crate) fn start(&mut self, now: Moment) {
        self.is_scheduled = false;
        self.count += 1;
        self.last = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(seconds: u32) -> Moment {
        Moment(SECOND * seconds)
    }

    fn schedule(revalidations: &mut Revalidations, session: &str, now: Moment) -> Option<Duration> {
        revalidations.schedule(Some(session.to_owned()), now, 1.0)
    }

    #[test]
    fn the_first_revalidation_is_immediate_and_each_further_one_of_the_same_session_is_delayed_longer() {
        let mut revalidations = Revalidations::default();
        for delay in [0, 1, 2, 4] {
            assert_eq!(schedule(&mut revalidations, "a", at(10)), Some(SECOND * delay));
            assert_eq!(schedule(&mut revalidations, "a", at(10)), None, "one at a time");
            revalidations.start(at(10));
        }
    }

    #[test]
    fn another_session_or_five_minutes_without_a_revalidation_end_the_back_off() {
        let mut revalidations = Revalidations::default();
        schedule(&mut revalidations, "a", at(10));
        revalidations.start(at(10));
        assert_eq!(schedule(&mut revalidations, "b", at(11)), Some(Duration::ZERO));
        revalidations.start(at(11));
        assert_eq!(schedule(&mut revalidations, "b", at(400)), Some(Duration::ZERO));
    }
}
