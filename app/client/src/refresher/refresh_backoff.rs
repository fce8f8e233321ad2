//! When the next refresh may start after one has failed.
//!
//! A request that needs a refresh is a reason to try at once: usually a user waits for it. Such attempts are limited to one a
//! second, for all requests of a browser together. Automatic work, such as the session-end stream, waits for the end of the back-off,
//! and so does everything if the server has sent `Retry-After`.

use std::time::Duration;

use crate::{Error, clock::Moment};

/// Shortest time from a failed refresh to the next one that a request causes.
const REQUEST_INTERVAL: Duration = Duration::from_secs(1);

/// What a refresh is for.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum RefreshReason {
    /// A request of the application.
    Request,
    /// Work that no user waits for.
    Background,
}

/// The last refresh failed.
#[derive(Clone, Copy)]
pub(crate) struct RefreshBackoff {
    /// Failures in a row.
    pub(crate) failures: u32,
    /// HTTP status of the response, if one arrived.
    pub(crate) status: Option<u16>,
    pub(crate) failed_at: Moment,
    pub(crate) retry_at: Moment,
    /// Whether the server demanded the delay.
    pub(crate) has_retry_after: bool,
}

impl RefreshBackoff {
    /// Whether a refresh may start now.
    pub(crate) fn permits(self, reason: RefreshReason, now: Moment) -> bool {
        let is_due = now >= self.retry_at;
        let is_requested = reason == RefreshReason::Request && !self.has_retry_after;
        is_due || is_requested && now - self.failed_at >= REQUEST_INTERVAL
    }

    /// For the callers that need the refresh.
    pub(crate) fn error(self) -> Error {
        match self.status {
            None | Some(429 | 500..) => Error::Unreachable,
            Some(status) => Error::InvalidResponse { status },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RefreshReason::*, *};

    const SECOND: Duration = Duration::from_secs(1);

    fn backoff(status: Option<u16>, has_retry_after: bool) -> RefreshBackoff {
        let at = |seconds| Moment(SECOND * seconds);
        RefreshBackoff { failures: 4, status, failed_at: at(100), retry_at: at(108), has_retry_after }
    }

    #[test]
    fn requests_are_permitted_after_a_second_and_other_work_after_the_back_off() {
        let permitted_from = |reason, has_retry_after| {
            let permits = |seconds: &u32| backoff(None, has_retry_after).permits(reason, Moment(SECOND * *seconds));
            (100..200).find(permits)
        };
        assert_eq!(permitted_from(Request, false), Some(101));
        assert_eq!(permitted_from(Background, false), Some(108));
        assert_eq!(permitted_from(Request, true), Some(108));
    }

    #[test]
    fn a_response_that_cannot_be_used_is_distinguished_from_a_missing_one() {
        let error = |status| backoff(status, false).error();
        for status in [None, Some(429), Some(500), Some(503)] {
            assert_eq!(error(status), Error::Unreachable, "{status:?}");
        }
        for status in [200, 204, 302, 401, 403, 404] {
            assert_eq!(error(Some(status)), Error::InvalidResponse { status });
        }
    }
}
