//! What a service does while its copy of the revocation feed is stale.

use std::time::Duration;

/// What a service does with good tokens when the revocation feed has been unreachable for longer than `stale_after`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum WhenStale {
    /// Rejects every request with 503 `unavailable`, so that no token of a revoked session is accepted.
    #[default]
    Refuse,
    /// Accepts them: a session that ends meanwhile stays usable until its access token expires, 15 minutes at most.
    Accept,
}

/// When the feed is stale, and what follows from that.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Staleness {
    pub(crate) action: WhenStale,
    pub(crate) after: Duration,
}

impl Staleness {
    /// Whether a feed of this age is stale; `None` stands for a feed that was never read.
    pub(crate) fn is_stale(self, feed_age: Option<Duration>) -> bool {
        feed_age.is_none_or(|age| age > self.after)
    }

    /// Whether a request is rejected because of the age of the feed.
    pub(crate) fn rejects(self, feed_age: Option<Duration>) -> bool {
        self.action == WhenStale::Refuse && self.is_stale(feed_age)
    }
}
