//! What can go wrong with a request.

use crate::api::{EndReason, Problem};

/// What can go wrong with a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// The server answered with a problem of ours.
    Problem(Box<Problem>),
    /// No answer came, or one that is not ours; the request may or may not have arrived.
    Unreachable,
    /// The session that the request belonged to is over, or there was none: it was not sent, or its answer was
    /// thrown away.
    SessionEnded {
        /// Why, where it is known.
        why: Option<EndReason>,
    },
}
