//! The rejection of a request as an HTTP response: problem details (RFC 9457) with Doorward's own error codes, and the
//! challenge of RFC 6750, section 3, or RFC 9470.

use std::{error::Error, fmt};

use axum_core::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::{Acr, acr_challenge, step_up_challenge};

/// Why a request is rejected. As a response: `application/problem+json` with `type`, `title`, `status` and a stable
/// `code`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Rejection {
    /// 401 `token_missing`: no `Authorization: Bearer` header.
    TokenMissing,
    /// 401 `token_invalid`: not an access token for this service. The reason is logged at the level `debug`.
    TokenInvalid,
    /// 401 `token_expired`: the client may refresh the token.
    TokenExpired,
    /// 401 `session_ended`: the session of the token has been revoked.
    SessionEnded,
    /// 401 `step_up_required`: a valid token, but the user proved who they are too long ago. The client confirms with `POST
    /// /api/auth/confirm` at Doorward, and repeats the request with the new token.
    StepUpRequired {
        /// How old the proof may be, in seconds.
        max_age: u64,
    },
    /// 401 `step_up_required`: a valid token, but the user has not proved who they are strongly enough. The client confirms as for
    /// [`StepUpRequired`](Self::StepUpRequired), with a second factor or a passkey.
    AcrRequired {
        /// The weakest level that is enough.
        acr: Acr,
    },
    /// 403 `forbidden`: a valid token without this role.
    Forbidden(&'static str),
    /// 503 `unavailable`: this service cannot determine whether the token is valid. Clients keep the session and retry.
    Unavailable,
}

/// Problem details (RFC 9457, section 3.1), with the extension members `code` and `reason`.
#[derive(Serialize)]
struct Problem {
    #[serde(rename = "type")]
    type_uri: String,
    title: &'static str,
    status: u16,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl Rejection {
    /// The HTTP status: 401, 403 or 503.
    pub fn status(self) -> StatusCode {
        match self {
            Self::TokenMissing
            | Self::TokenInvalid
            | Self::TokenExpired
            | Self::SessionEnded
            | Self::StepUpRequired { .. }
            | Self::AcrRequired { .. } => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The stable error code, as in Doorward's own API.
    pub fn code(self) -> &'static str {
        match self {
            Self::TokenMissing => "token_missing",
            Self::TokenInvalid => "token_invalid",
            Self::TokenExpired => "token_expired",
            Self::SessionEnded => "session_ended",
            Self::StepUpRequired { .. } | Self::AcrRequired { .. } => "step_up_required",
            Self::Forbidden(_) => "forbidden",
            Self::Unavailable => "unavailable",
        }
    }

    /// The challenge of a 401.
    fn challenge(self) -> String {
        match self {
            Self::StepUpRequired { max_age } => step_up_challenge(max_age),
            Self::AcrRequired { acr } => acr_challenge(acr),
            _ => r#"Bearer error="invalid_token""#.into(),
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::TokenMissing => "An access token is required.",
            Self::TokenInvalid => "The access token is invalid.",
            Self::TokenExpired => "The access token has expired.",
            Self::SessionEnded => "Your session has ended.",
            Self::StepUpRequired { .. } | Self::AcrRequired { .. } => "Confirm it's you first.",
            Self::Forbidden(_) => "You don't have access to this.",
            Self::Unavailable => "The service is temporarily unavailable.",
        }
    }

    fn problem(self) -> Problem {
        Problem {
            type_uri: format!("urn:doorward:problem:{}", self.code()),
            title: self.title(),
            status: self.status().as_u16(),
            code: self.code(),
            detail: match self {
                Self::Forbidden(role) => Some(format!("This requires the role `{role}`.")),
                Self::AcrRequired { acr: Acr::Phr } => Some("This requires a passkey.".into()),
                Self::AcrRequired { .. } => Some("This requires a second factor.".into()),
                Self::Unavailable => Some("Try again in a moment.".into()),
                _ => None,
            },
            // The feed has the IDs of ended sessions, not the reasons.
            reason: (self == Self::SessionEnded).then_some("unknown"),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Error for Rejection {}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.problem()).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self.status() {
            StatusCode::UNAUTHORIZED => {
                let challenge = HeaderValue::try_from(self.challenge()).ok();
                headers.extend(challenge.map(|challenge| (header::WWW_AUTHENTICATE, challenge)));
            }
            StatusCode::SERVICE_UNAVAILABLE => drop(headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"))),
            _ => {}
        }
        response
    }
}
