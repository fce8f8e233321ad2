//! The error type of all handlers, and its mapping to problem details (RFC 9457). Causes are logged once and never sent.

use std::{borrow::Cow, time::Duration};

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use doorward_api::{EndReason, ErrorCode, FieldErrors, Problem};

use crate::{
    login::{password_hasher::HashError, rate_limiter::RateLimitError},
    model::session_end::SessionEnd,
    refusal::Refusal,
    sessions::authenticate::AuthenticationError,
};

#[derive(Debug)]
pub enum Error {
    /// Invalid JSON, or JSON of other types than expected; with the detail.
    MalformedRequest(Cow<'static, str>),
    /// Unknown account, wrong password or disabled account: one error, so that it does not reveal which.
    InvalidCredentials,
    TokenMissing,
    TokenInvalid,
    TokenExpired,
    /// A refresh without a credential.
    SessionMissing,
    /// The session of a cookie or refresh token has ended.
    SessionEnded(SessionEnd),
    /// The cookie or refresh token belongs to no session.
    SessionUnknown,
    /// The session of an access token has ended.
    TokenRevoked(SessionEnd),
    /// The caller lacks this role.
    Forbidden(&'static str),
    CrossSiteRequest,
    NotFound,
    MethodNotAllowed,
    TooLarge,
    /// Path and query.
    TargetTooLong,
    /// The client sends its body too slowly.
    RequestTimeout,
    UnsupportedMediaType,
    /// Only a page's memory may hold the user's credentials, and the form was submitted without the page's program.
    ProgramRequired,
    EmailTaken,
    LastAdministrator,
    InvalidInput(FieldErrors),
    TooManyAttempts {
        retry_after: Duration,
    },
    /// A bug in a handler.
    Internal,
    Busy,
    /// A dependency, usually the database, does not respond; with the cause, for the log alone.
    Unavailable(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// Invalid input in one field, with a message for the user.
    pub fn field(name: &str, message: impl Into<String>) -> Self {
        Self::InvalidInput(FieldErrors::of(name, message))
    }

    /// The set of revocations is too old to rely on.
    pub fn stale_revocations() -> Self {
        Self::Unavailable("revocations cannot be read from the database".into())
    }

    fn parts(&self) -> (StatusCode, ErrorCode, &'static str) {
        match self {
            Self::MalformedRequest(_) => {
                (StatusCode::BAD_REQUEST, ErrorCode::MalformedRequest, "The server couldn't read this request.")
            }
            Self::InvalidCredentials => {
                (StatusCode::UNAUTHORIZED, ErrorCode::InvalidCredentials, "Incorrect email or password.")
            }
            Self::TokenMissing => (StatusCode::UNAUTHORIZED, ErrorCode::TokenMissing, "An access token is required."),
            Self::TokenInvalid => (StatusCode::UNAUTHORIZED, ErrorCode::TokenInvalid, "The access token is invalid."),
            Self::TokenExpired => (StatusCode::UNAUTHORIZED, ErrorCode::TokenExpired, "The access token has expired."),
            Self::SessionMissing => (StatusCode::UNAUTHORIZED, ErrorCode::SessionMissing, "You're not logged in."),
            Self::SessionEnded(_) | Self::SessionUnknown | Self::TokenRevoked(_) => {
                (StatusCode::UNAUTHORIZED, ErrorCode::SessionEnded, "Your session has ended.")
            }
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, ErrorCode::Forbidden, "You don't have access to this."),
            Self::CrossSiteRequest => {
                (StatusCode::FORBIDDEN, ErrorCode::CrossSiteRequest, "This request came from another site.")
            }
            Self::NotFound => (StatusCode::NOT_FOUND, ErrorCode::NotFound, "Not found."),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, ErrorCode::MethodNotAllowed, "Method not allowed.")
            }
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::TooLarge, "The request is too large."),
            Self::TargetTooLong => (StatusCode::URI_TOO_LONG, ErrorCode::TooLarge, "The address is too long."),
            Self::RequestTimeout => {
                (StatusCode::REQUEST_TIMEOUT, ErrorCode::RequestTimeout, "The request took too long to arrive.")
            }
            Self::UnsupportedMediaType => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::UnsupportedMediaType, "Unsupported media type.")
            }
            Self::ProgramRequired => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::InvalidInput, app::needs_program()),
            Self::EmailTaken => {
                (StatusCode::CONFLICT, ErrorCode::EmailTaken, "There's already an account with this email.")
            }
            Self::LastAdministrator => {
                (StatusCode::CONFLICT, ErrorCode::LastAdministrator, "This is the last administrator.")
            }
            Self::InvalidInput(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::InvalidInput, "Some fields are invalid.")
            }
            Self::TooManyAttempts { .. } => {
                (StatusCode::TOO_MANY_REQUESTS, ErrorCode::TooManyAttempts, "Too many attempts.")
            }
            Self::Internal => {
                (StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal, "Something went wrong on our side.")
            }
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Busy, "The server is busy."),
            Self::Unavailable(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable, "The service is temporarily unavailable.")
            }
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::MalformedRequest(what) => Some(what.clone().into_owned()),
            Self::Forbidden(role) => {
                Some(format!("It needs the role `{role}`. A new role takes effect at the next refresh or login."))
            }
            Self::UnsupportedMediaType => Some(
                "Send `application/json` to `/api` and `application/x-www-form-urlencoded` to a page, without a \
                 `Content-Encoding`."
                    .into(),
            ),
            Self::EmailTaken => Some("Log in instead.".into()),
            Self::LastAdministrator => Some("Make another user an administrator first.".into()),
            Self::TooManyAttempts { .. } => Some(format!("Try again in {}.", humanize(self.retry_after()?))),
            Self::Internal => Some("The cause is in the server's log.".into()),
            Self::Busy | Self::Unavailable(_) => Some("Try again in a moment.".into()),
            _ => None,
        }
    }

    fn session_end(&self) -> Option<&SessionEnd> {
        static UNKNOWN: SessionEnd = SessionEnd { reason: EndReason::Unknown, at: None, by: None };
        match self {
            Self::SessionUnknown => Some(&UNKNOWN),
            Self::SessionEnded(end) | Self::TokenRevoked(end) => Some(end),
            _ => None,
        }
    }

    /// `Retry-After`, in whole seconds, rounded up.
    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooManyAttempts { retry_after } => {
                Some((retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0)).max(1))
            }
            Self::Busy | Self::Unavailable(_) => Some(1),
            _ => None,
        }
    }

    /// The problem details in the body of the response.
    pub fn problem(&self) -> Problem {
        let (status, code, title) = self.parts();
        let name = serde_json::to_value(code).ok().and_then(|name| name.as_str().map(str::to_owned));
        Problem {
            kind: format!("urn:doorward:problem:{}", name.unwrap_or_default()),
            title: title.into(),
            status: status.as_u16(),
            code,
            detail: self.detail(),
            reason: self.session_end().map(|end| end.reason),
            ended: self.session_end().and_then(SessionEnd::to_api),
            errors: if let Self::InvalidInput(errors) = self { Some(errors.clone()) } else { None },
            retry_after: self.retry_after(),
        }
    }

    /// Why the request was refused, if it counts as a refusal: noted by the layer around the handlers.
    fn refusal(&self) -> Option<Refusal> {
        Some(match self {
            Self::TooManyAttempts { .. } => Refusal::TooManyAttempts,
            Self::Forbidden(_) => Refusal::Forbidden,
            Self::CrossSiteRequest => Refusal::CrossSiteRequest,
            Self::InvalidCredentials => Refusal::InvalidCredentials,
            Self::TokenInvalid => Refusal::TokenInvalid,
            Self::SessionUnknown => Refusal::CredentialInvalid,
            Self::MalformedRequest(_) => Refusal::MalformedRequest,
            Self::InvalidInput(_) => Refusal::InvalidInput,
            Self::TooLarge | Self::TargetTooLong => Refusal::TooLarge,
            Self::UnsupportedMediaType => Refusal::UnsupportedMediaType,
            _ => return None,
        })
    }

    /// Whether the response challenges for an access token (RFC 6750, section 3). A cookie has no challenge.
    fn is_bearer_challenge(&self) -> bool {
        matches!(self, Self::TokenMissing | Self::TokenInvalid | Self::TokenExpired | Self::TokenRevoked(_))
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

/// Why a response is a 503: an extension of it, which the layer around the handlers logs.
#[derive(Clone, Debug)]
pub struct UnavailableCause(pub String);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, ..) = self.parts();
        let mut response = (status, Json(self.problem())).into_response();
        if let Self::Unavailable(cause) = &self {
            response.extensions_mut().insert(UnavailableCause(cause.to_string()));
        }
        if let Some(refusal) = self.refusal() {
            response.extensions_mut().insert(refusal);
        }

        let mut set = |name: HeaderName, value: HeaderValue| response.headers_mut().insert(name, value);
        set(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        set(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after() {
            set(header::RETRY_AFTER, seconds.into());
        }
        if self.is_bearer_challenge() {
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
            AuthenticationError::SessionUnknown => Self::SessionUnknown,
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
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::Busy,
            HashError::Failed => Self::Unavailable("hashing a password failed".into()),
        }
    }
}
