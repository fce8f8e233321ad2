//! Time left of the access token and of the session.

use std::time::Duration;

use crate::{active_session::ActiveSession, clock::Clocks, credentials::Freshness};

/// Time left of the access token and of the session, by the monotonic clock.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Lifetimes {
    /// Until the next request causes a refresh; `None` if none ever does.
    pub fresh: Option<Duration>,
    /// Until the access token expires; `None` if there is no token.
    pub token: Option<Duration>,
    /// Until the session expires.
    pub session: Duration,
}

impl Lifetimes {
    pub(super) fn of(active: &ActiveSession, now: Clocks) -> Self {
        let token = active.credentials.access_token();
        // Not computed from `stale_from` alone: the wall clock can make a token stale as well.
        let fresh = token.map(|token| match token.freshness(now) {
            Freshness::Fresh => token.stale_from() - now.monotonic,
            Freshness::Stale | Freshness::Expired => Duration::ZERO,
        });
        Self {
            fresh: fresh.filter(|_| active.is_renewable()),
            token: token.map(|token| token.expires_at() - now.monotonic),
            session: active.expires_at - now.monotonic,
        }
    }
}
