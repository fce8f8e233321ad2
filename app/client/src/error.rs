//! What can go wrong with a request.

use std::convert::Infallible;

use leptos::server_fn::{
    Bytes, ContentType, Decodes, Encodes, Format, FormatType,
    error::{FromServerFnError, ServerFnErrorErr},
};

use super::{SessionEnd, json};
use doorward_api::{ErrorCode, Problem};

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
        end: Option<SessionEnd>,
    },
}

/// An error of a server function travels like every other: as a problem.
impl FromServerFnError for Error {
    type Encoder = ProblemEncoding;

    fn from_server_fn_error(_: ServerFnErrorErr) -> Self {
        Self::Unreachable
    }
}

/// `application/problem+json`. What is no problem travels as nothing, and nothing reads as [`Error::Unreachable`].
pub struct ProblemEncoding;

impl ContentType for ProblemEncoding {
    const CONTENT_TYPE: &'static str = "application/problem+json";
}

impl FormatType for ProblemEncoding {
    const FORMAT_TYPE: Format = Format::Text;
}

impl Encodes<Error> for ProblemEncoding {
    type Error = serde_json::Error;

    fn encode(error: &Error) -> Result<Bytes, serde_json::Error> {
        match error {
            Error::Problem(problem) => serde_json::to_vec(problem).map(Bytes::from),
            Error::Unreachable | Error::SessionEnded { .. } => Ok(Bytes::new()),
        }
    }
}

impl Decodes<Error> for ProblemEncoding {
    type Error = Infallible;

    fn decode(body: Bytes) -> Result<Error, Infallible> {
        Ok(json::read(&body).map_or(Error::Unreachable, |problem: Problem| match problem.code {
            ErrorCode::SessionEnded => Error::SessionEnded { end: Some(SessionEnd::from_problem(problem)) },
            _ => Error::Problem(Box::new(problem)),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_api::EndReason;

    fn problem(code: ErrorCode, reason: Option<EndReason>) -> Error {
        let (kind, title) = (String::new(), String::new());
        Error::Problem(Box::new(Problem {
            kind,
            title,
            status: 401,
            code,
            detail: None,
            reason,
            ended: None,
            errors: None,
        }))
    }

    #[test]
    fn a_problem_comes_through_and_whatever_else_arrives_is_no_answer() {
        let forbidden = problem(ErrorCode::Forbidden, None);

        assert_eq!(Error::de(forbidden.ser()), forbidden);
        for other in [Error::Unreachable.ser(), "null".into(), "<h1>Bad gateway</h1>".into(), "{\"code\":7}".into()] {
            assert_eq!(Error::de(other), Error::Unreachable);
        }
    }

    #[test]
    fn the_end_of_a_session_is_no_mere_problem() {
        let ended = problem(ErrorCode::SessionEnded, Some(EndReason::Idle));
        assert_eq!(Error::de(ended.ser()), Error::SessionEnded { end: Some(SessionEnd::new(EndReason::Idle)) });
    }
}
