//! What can go wrong, and how it is told: one error type, one mapping, causes logged once and never sent.

use std::{borrow::Cow, time::Duration};

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use doorward_api::{ErrorCode, FieldErrors, Problem};

use crate::{
    login::{password_hasher::HashError, rate_limiter::RateLimitError},
    model::session_end::SessionEnd,
    sessions::authenticate::AuthenticationError,
};

/// Every way in which a request can fail.
#[derive(Debug)]
pub enum Error {
    /// Not JSON, or JSON of the wrong types; says what.
    MalformedRequest(Cow<'static, str>),
    /// Unknown account, wrong password or disabled account.
    InvalidCredentials,
    /// No access token.
    TokenMissing,
    /// Not an access token of ours.
    TokenInvalid,
    /// An access token past its end.
    TokenExpired,
    /// A refresh without a cookie.
    SessionMissing,
    /// The session is over.
    SessionEnded(SessionEnd),
    /// An access token of a session that is over.
    TokenRevoked(SessionEnd),
    /// The caller lacks this role.
    Forbidden(&'static str),
    /// Not from our own pages.
    CrossSiteRequest,
    /// Nothing here.
    NotFound,
    /// Not with this method.
    MethodNotAllowed,
    /// The body is too large.
    TooLarge,
    /// The body is not JSON.
    UnsupportedMediaType,
    /// The email has an account.
    EmailTaken,
    /// Something is wrong with these fields.
    InvalidInput(FieldErrors),
    /// Too many attempts.
    TooManyAttempts {
        /// How long to wait.
        retry_after: Duration,
    },
    /// A fault of ours in one handler.
    Internal,
    /// Too much to do.
    Busy,
    /// Something that we need does not answer; the cause is for the log alone.
    Unavailable(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// One field is wrong, in words for the person.
    pub fn field(name: &str, message: impl Into<String>) -> Self {
        Self::InvalidInput(FieldErrors::of(name, message))
    }

    fn parts(&self) -> (StatusCode, ErrorCode, &'static str) {
        match self {
            Self::MalformedRequest(_) => {
                (StatusCode::BAD_REQUEST, ErrorCode::MalformedRequest, "The request cannot be read.")
            }
            Self::InvalidCredentials => {
                (StatusCode::UNAUTHORIZED, ErrorCode::InvalidCredentials, "The email or the password is wrong.")
            }
            Self::TokenMissing => (StatusCode::UNAUTHORIZED, ErrorCode::TokenMissing, "This needs an access token."),
            Self::TokenInvalid => (StatusCode::UNAUTHORIZED, ErrorCode::TokenInvalid, "The access token is not valid."),
            Self::TokenExpired => (StatusCode::UNAUTHORIZED, ErrorCode::TokenExpired, "The access token has expired."),
            Self::SessionMissing => (StatusCode::UNAUTHORIZED, ErrorCode::SessionMissing, "There is no session."),
            Self::SessionEnded(_) | Self::TokenRevoked(_) => {
                (StatusCode::UNAUTHORIZED, ErrorCode::SessionEnded, "The session is over.")
            }
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, ErrorCode::Forbidden, "This is not for everybody."),
            Self::CrossSiteRequest => {
                (StatusCode::FORBIDDEN, ErrorCode::CrossSiteRequest, "The request did not come from this site.")
            }
            Self::NotFound => (StatusCode::NOT_FOUND, ErrorCode::NotFound, "There is nothing here."),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, ErrorCode::MethodNotAllowed, "This does not take that method.")
            }
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::TooLarge, "The request is too large."),
            Self::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::UnsupportedMediaType, "The body must be JSON.")
            }
            Self::EmailTaken => (StatusCode::CONFLICT, ErrorCode::EmailTaken, "This email has an account already."),
            Self::InvalidInput(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::InvalidInput, "Some of this cannot be taken.")
            }
            Self::TooManyAttempts { .. } => {
                (StatusCode::TOO_MANY_REQUESTS, ErrorCode::TooManyAttempts, "Too many attempts.")
            }
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal, "Something went wrong here."),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Busy, "Too much to do right now."),
            Self::Unavailable(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, "This does not work right now.")
            }
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::MalformedRequest(what) => Some(what.clone().into_owned()),
            Self::Forbidden(role) => Some(format!(
                "It needs the role `{role}`. Whoever has just been given it has it from the next refresh on, or after \
                 logging in again."
            )),
            Self::UnsupportedMediaType => Some("Send it with `Content-Type: application/json`.".into()),
            Self::EmailTaken => Some("Log in with it instead.".into()),
            Self::TooManyAttempts { .. } => Some(format!("Try again in {}.", humanize(self.retry_after()?))),
            Self::Internal => Some("It is in the server's log.".into()),
            Self::Busy | Self::Unavailable(_) => Some("Try again in a moment.".into()),
            _ => None,
        }
    }

    /// How the session came to its end, where that is the error.
    fn end(&self) -> Option<&SessionEnd> {
        match self {
            Self::SessionEnded(end) | Self::TokenRevoked(end) => Some(end),
            _ => None,
        }
    }

    /// The whole seconds to wait before trying again.
    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooManyAttempts { retry_after } => {
                Some((retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0)).max(1))
            }
            Self::Busy | Self::Unavailable(_) => Some(1),
            _ => None,
        }
    }

    /// What the client is told.
    pub fn problem(&self) -> Problem {
        let (status, code, title) = self.parts();
        let name = serde_json::to_value(code).ok().and_then(|name| name.as_str().map(str::to_owned));
        Problem {
            kind: format!("urn:doorward:problem:{}", name.unwrap_or_default()),
            title: title.into(),
            status: status.as_u16(),
            code,
            detail: self.detail(),
            reason: self.end().map(|end| end.reason),
            ended: self.end().and_then(SessionEnd::to_api),
            errors: if let Self::InvalidInput(errors) = self { Some(errors.clone()) } else { None },
        }
    }
}

fn humanize(seconds: u64) -> String {
    match seconds {
        ..=1 => "a second".into(),
        2..60 => format!("{seconds} seconds"),
        60..=90 => "a minute".into(),
        91..3600 => format!("{} minutes", seconds.div_ceil(60)),
        3600..=5400 => "an hour".into(),
        _ => format!("{} hours", seconds.div_ceil(3600)),
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Self::Unavailable(cause) = &self {
            tracing::error!(%cause, "unavailable");
        }
        let (status, ..) = self.parts();
        let mut response = (status, Json(self.problem())).into_response();

        let mut set = |name: HeaderName, value: HeaderValue| response.headers_mut().insert(name, value);
        set(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        set(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after() {
            set(header::RETRY_AFTER, seconds.into());
        }
        let of_a_token =
            matches!(self, Self::TokenMissing | Self::TokenInvalid | Self::TokenExpired | Self::TokenRevoked(_));
        if of_a_token {
            // R64; RFC 6750, section 3
            set(header::WWW_AUTHENTICATE, HeaderValue::from_static(r#"Bearer error="invalid_token""#));
        }
        response
    }
}

impl From<sqlx::Error> for Error {
    fn from(cause: sqlx::Error) -> Self {
        Self::Unavailable(cause.into())
    }
}

impl From<AuthenticationError> for Error {
    fn from(error: AuthenticationError) -> Self {
        match error {
            AuthenticationError::SessionEnded(end) => Self::SessionEnded(end),
            AuthenticationError::Unavailable(cause) => cause.into(),
        }
    }
}

impl From<RateLimitError> for Error {
    fn from(error: RateLimitError) -> Self {
        match error {
            RateLimitError::Limited { retry_after } => Self::TooManyAttempts { retry_after },
            RateLimitError::Unavailable(cause) => cause.into(),
        }
    }
}

impl From<HashError> for Error {
    fn from(not_hashed: HashError) -> Self {
        match not_hashed {
            HashError::Busy => Self::Busy,
            HashError::Failed => Self::Unavailable("a password could not be hashed or compared".into()),
        }
    }
}
