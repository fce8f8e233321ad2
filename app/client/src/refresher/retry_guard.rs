//! Keeps an endpoint that rejects every token from costing a refresh each time: a circuit breaker.
//!
//! ```text
//!   Armed ── refresh for a request ──▶ Probing ── the new token is accepted ──▶ Armed
//!                                         └────── the new token is rejected ──▶ Tripped, until the epoch advances
//! ```

/// Whether a rejected token is worth a refresh.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum RetryGuard {
    /// A rejection means that the token is stale.
    #[default]
    Armed,
    /// A request caused a refresh, and no server has accepted the new token yet.
    Probing,
    /// A new token was rejected: rejections are returned to the caller.
    Tripped,
}

impl RetryGuard {
    /// After a refresh that a request waited for.
    #[must_use]
    pub(crate) fn after_refresh(self) -> Self {
        if self == Self::Armed { Self::Probing } else { self }
    }

    /// After a server has accepted or rejected the current authorization.
    #[must_use]
    pub(crate) fn after_response(self, is_rejected: bool) -> Self {
        match (self, is_rejected) {
            (Self::Probing, true) => Self::Tripped,
            (Self::Probing, false) => Self::Armed,
            (guard, _) => guard,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RetryGuard;

    #[test]
    fn a_rejection_right_after_a_refresh_trips_the_guard_until_the_epoch_advances() {
        let tripped = RetryGuard::default().after_refresh().after_response(true);

        assert_eq!(tripped, RetryGuard::Tripped);
        assert_eq!(tripped.after_response(false).after_refresh(), RetryGuard::Tripped);
    }

    #[test]
    fn an_accepted_token_arms_the_guard_again() {
        assert_eq!(RetryGuard::default().after_refresh().after_response(false), RetryGuard::Armed);
        assert_eq!(RetryGuard::Armed.after_response(true), RetryGuard::Armed);
    }
}
