use doorward_api::{EndDetails, EndReason, ErrorCode, Problem};
use serde::Deserialize;

use crate::json;

/// How a session ended.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionEnd {
    /// Why it ended.
    pub reason: EndReason,
    /// When it ended and from which device, if the server sent that.
    pub details: Option<EndDetails>,
}

impl SessionEnd {
    /// An end without details.
    pub const fn new(reason: EndReason) -> Self {
        Self { reason, details: None }
    }

    /// The end that a problem with the code `session_ended` describes.
    pub(crate) fn from_problem(problem: Problem) -> Self {
        Self { reason: problem.reason.unwrap_or(EndReason::Unknown), details: problem.ended }
    }
}

/// The members of a problem, or of a `session-ended` event, about the end of a session. All are optional, so that a body of
/// another version can be read.
#[derive(Deserialize)]
struct Body {
    code: Option<ErrorCode>,
    reason: Option<EndReason>,
    ended: Option<EndDetails>,
}

/// Reads the error code, if there is one, and the session end from the body of a problem or of an event.
pub(crate) fn read(body: &[u8]) -> Option<(Option<ErrorCode>, SessionEnd)> {
    let Body { code, reason, ended }: Body = json::read(body)?;
    Some((code, SessionEnd { reason: reason.unwrap_or(EndReason::Unknown), details: ended }))
}
