//! How a request is refused: in the same words as Doorward refuses it (RFC 9457, RFC 6750).

use axum_core::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// Why a caller does not get in. As an answer: `application/problem+json` with a stable `code`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// 401 `token_missing`: no `Authorization: Bearer` header.
    TokenMissing,
    /// 401 `token_invalid`: not an access token for this service; the log says why at the level `debug`.
    TokenInvalid,
    /// 401 `token_expired`: the caller may ask Doorward for a new one.
    TokenExpired,
    /// 401 `session_ended`: the session is over, whatever the token says.
    SessionEnded,
    /// 403 `forbidden`: a good token, without the role named here.
    Forbidden(&'static str),
    /// 503 `unavailable`: this service cannot know. Nobody is logged out by that.
    Unavailable,
}

#[derive(Serialize)]
struct Problem {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl Refusal {
    /// The HTTP status.
    pub fn status(self) -> StatusCode {
        match self {
            Self::TokenMissing | Self::TokenInvalid | Self::TokenExpired | Self::SessionEnded => {
                StatusCode::UNAUTHORIZED
            }
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The stable name, as in Doorward's own answers.
    pub fn code(self) -> &'static str {
        match self {
            Self::TokenMissing => "token_missing",
            Self::TokenInvalid => "token_invalid",
            Self::TokenExpired => "token_expired",
            Self::SessionEnded => "session_ended",
            Self::Forbidden(_) => "forbidden",
            Self::Unavailable => "unavailable",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::TokenMissing => "This needs an access token.",
            Self::TokenInvalid => "The access token is not valid.",
            Self::TokenExpired => "The access token has expired.",
            Self::SessionEnded => "The session is over.",
            Self::Forbidden(_) => "You may not do this.",
            Self::Unavailable => "This does not work right now.",
        }
    }

    fn problem(self) -> Problem {
        Problem {
            kind: format!("urn:doorward:problem:{}", self.code()),
            title: self.title(),
            status: self.status().as_u16(),
            code: self.code(),
            detail: match self {
                Self::Forbidden(role) => Some(format!("It needs the role {role:?}.")),
                Self::Unavailable => Some("Try again in a moment.".into()),
                _ => None,
            },
            // The feed tells that a session is over, not why.
            reason: (self == Self::SessionEnded).then_some("unknown"),
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Refusal {}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.problem()).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self.status() {
            StatusCode::UNAUTHORIZED => {
                let challenge = HeaderValue::from_static(r#"Bearer error="invalid_token""#);
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
            StatusCode::SERVICE_UNAVAILABLE => drop(headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"))),
            _ => {}
        }
        response
    }
}
