//! Limits for mails that strangers can cause. A mail cannot be taken back, so these are exact: in no period of this length
//! are there more.

use std::time::Duration;

use super::rate_limit::Limit;
use crate::clock::Moment;

/// When mails were sent to an address or for a network, newest first: as many as the largest limit, from its period.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SentMails(Vec<Moment>);

impl SentMails {
    /// The first mail.
    pub fn first(now: Moment) -> Self {
        Self(vec![now])
    }

    /// What is no moment is left out.
    pub fn parse(text: &str) -> Self {
        Self(text.split(' ').filter_map(|moment| moment.parse().ok()).map(Moment).collect())
    }

    pub fn to_text(&self) -> String {
        self.0.iter().map(|moment| moment.0.to_string()).collect::<Vec<_>>().join(" ")
    }

    /// With one more, unless that would exceed a limit.
    pub fn add(&self, limits: &[Limit], now: Moment) -> Option<Self> {
        let within = |window: Duration| self.0.iter().filter(move |sent| distance(**sent, now) < window);
        if limits.iter().any(|limit| within(limit.window).count() >= limit.attempts.get() as usize) {
            return None;
        }
        let longest = limits.iter().map(|limit| limit.window).max()?;
        Some(Self([now].into_iter().chain(within(longest).copied()).collect()))
    }
}

/// Also of a moment in the future: the clock of another node may be ahead, or this one was set back.
fn distance(one: Moment, other: Moment) -> Duration {
    one.since(other).max(other.since(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment(1_000_000_000_000);

    fn limits() -> [Limit; 2] {
        ["3/1h", "10/24h"].map(|limit| limit.parse().expect("a limit"))
    }

    #[test]
    fn no_hour_has_more_than_three_and_no_day_more_than_ten() {
        let mut mails = SentMails::parse("");
        let mut sent = Vec::new();
        for minute in 0..3 * 24 * 60 {
            let now = START.plus(Duration::from_mins(minute));
            if let Some(more) = mails.add(&limits(), now) {
                mails = SentMails::parse(&more.to_text());
                sent.push(now);
            }
        }
        assert_eq!(sent.len(), 30, "as many as allowed");
        for (count, window) in [(3, Duration::from_hours(1)), (10, Duration::from_hours(24))] {
            assert!(sent.windows(count + 1).all(|mails| mails[count].since(mails[0]) >= window), "{sent:?}");
        }
        assert!(mails.0.len() <= 10);
    }

    #[test]
    fn a_clock_that_was_set_back_for_long_blocks_no_mail() {
        let mut mails = SentMails::first(START);
        while let Some(more) = mails.add(&limits(), START) {
            mails = more;
        }
        assert!(mails.add(&limits(), START.minus(Duration::from_mins(59))).is_none());
        assert!(mails.add(&limits(), START.minus(Duration::from_hours(24))).is_some());
    }
}
