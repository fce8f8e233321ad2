//! Errors of requests.

use std::convert::Infallible;

use doorward_api::{ErrorCode, Problem};
use leptos::server_fn::{
    Bytes, ContentType, Decodes, Encodes, Format, FormatType,
    error::{FromServerFnError, ServerFnErrorErr},
};

use crate::{SessionEnd, json};

/// Why a request failed.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// The server responded with a problem (RFC 9457) of its API.
    Problem(Box<Problem>),
    /// No response arrived, and the request may or may not have had its effect; or it was not sent, because the refresh that it
    /// needed got no response or one of an overloaded server (429, 5xx).
    Unreachable,
    /// A response arrived that is neither what was requested nor a problem of the API: that of a proxy or a captive portal, for
    /// example. The request may or may not have had its effect; if it needed a refresh and that got the response, it was not
    /// sent.
    InvalidResponse {
        /// HTTP status.
        status: u16,
    },
    /// The session of the request has ended, or no user was logged in. The request was not sent, or its response was
    /// discarded.
    SessionEnded {
        /// How the session ended, if known.
        end: Option<SessionEnd>,
    },
}

/// Errors of server functions are sent as problems, like all others.
impl FromServerFnError for Error {
    type Encoder = ProblemEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            // The result of a function arrives with this status.
            ServerFnErrorErr::Deserialization(_) => Self::InvalidResponse { status: 200 },
            ServerFnErrorErr::Response(status) => {
                status.parse().map_or(Self::Unreachable, |status| Self::InvalidResponse { status })
            }
            _ => Self::Unreachable,
        }
    }
}

/// The encoding `application/problem+json` of [`Error`]. An error that is not a problem is sent as an empty body, which reads
/// as [`Error::Unreachable`].
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
            Error::Unreachable | Error::InvalidResponse { .. } | Error::SessionEnded { .. } => Ok(Bytes::new()),
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
    use doorward_api::EndReason;

    use super::*;

    fn problem(code: ErrorCode, reason: Option<EndReason>) -> Error {
        Error::Problem(Box::new(Problem { status: 401, code, reason, ..Problem::default() }))
    }

    #[test]
    fn a_problem_survives_the_encoding_and_any_other_body_reads_as_unreachable() {
        let forbidden = problem(ErrorCode::Forbidden, None);

        assert_eq!(Error::de(forbidden.ser()), forbidden);
        for other in [Error::Unreachable.ser(), "null".into(), "<h1>Bad gateway</h1>".into(), "{\"code\":7}".into()] {
            assert_eq!(Error::de(other), Error::Unreachable);
        }
    }

    #[test]
    fn the_problem_session_ended_reads_as_the_end_of_the_session() {
        let ended = problem(ErrorCode::SessionEnded, Some(EndReason::Idle));
        assert_eq!(Error::de(ended.ser()), Error::SessionEnded { end: Some(SessionEnd::new(EndReason::Idle)) });
    }
}
