//! How a session came to its end.

use serde::Deserialize;

use super::json;
use doorward_api::{EndDetails, EndReason, ErrorCode, Problem};

/// How a session came to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionEnd {
    /// Why.
    pub reason: EndReason,
    /// When and from where, where the server has said so.
    pub details: Option<EndDetails>,
}

impl SessionEnd {
    /// An end of which only the reason is known.
    pub const fn new(reason: EndReason) -> Self {
        Self { reason, details: None }
    }

    /// The end that a problem with the code `session_ended` tells of.
    pub(super) fn from_problem(problem: Problem) -> Self {
        Self { reason: problem.reason.unwrap_or(EndReason::Unknown), details: problem.ended }
    }
}

/// As little as possible of a problem, or of the event `session-ended`: with fields missing or added it is still known
/// for what it is.
#[derive(Deserialize)]
struct Told {
    code: Option<ErrorCode>,
    reason: Option<EndReason>,
    ended: Option<EndDetails>,
}

/// What the server says of a session: the code of the problem, if it is one, and the end of which it speaks.
pub(super) fn read(body: &[u8]) -> Option<(Option<ErrorCode>, SessionEnd)> {
    let Told { code, reason, ended }: Told = json::read(body)?;
    Some((code, SessionEnd { reason: reason.unwrap_or(EndReason::Unknown), details: ended }))
}
