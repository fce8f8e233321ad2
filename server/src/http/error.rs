//! The error type of all handlers, and the response to each, whose body `problem.rs` describes. Causes are logged once and
//! never sent.

use std::{borrow::Cow, sync::Arc, time::Duration};

use app::RegistrationMode;
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use doorward_api::{ErrorCode, FactorKind};
use doorward_verify::Acr;

use super::invalid_fields::{InvalidField, InvalidFields};
use crate::{
    clock::Moment,
    login::{password_hasher::HashError, rate_limiter::RateLimitError},
    model::session_end::SessionEnd,
    refusal::Refusal,
    sessions::authenticate::AuthenticationError,
};

#[derive(Debug)]
pub enum Error {
    /// Invalid JSON, or JSON of other types than expected; with the detail.
    MalformedRequest(Cow<'static, str>),
    /// Two cookies of ours have the same name: one of them has been planted.
    RepeatedCookie,
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
    /// The caller must first prove again who they are: the last proof must not be older than this, and as strong as this.
    StepUpRequired {
        max_age: Duration,
        acr: Option<Acr>,
    },
    /// The password alone is not enough.
    SecondFactorRequired {
        methods: Vec<FactorKind>,
        /// With its lifetime. None for a confirmation, which is sent again as a whole.
        ticket: Option<(String, Duration)>,
    },
    SecondFactorInvalid,
    PasskeyUnknown,
    /// The caller lacks this role.
    Forbidden(&'static str),
    /// The password is right, but the account is going to be deleted.
    DeletionPending {
        delete_at: Moment,
        /// Whether the user has a link to undo that. Otherwise the operator can.
        has_link: bool,
    },
    /// The client's network is in `blocked_networks`.
    BlockedNetwork,
    CrossSiteRequest,
    RegistrationClosed(RegistrationMode),
    NotFound,
    MethodNotAllowed,
    TooLarge,
    /// Path and query.
    TargetTooLong,
    /// The client sends its body too slowly.
    RequestTimeout,
    UnsupportedMediaType,
    /// Only a page's memory may hold the user's credentials, and the form was submitted without the page's WebAssembly.
    WebAssemblyRequired,
    EmailTaken,
    LastAdministrator,
    LastCredential,
    SecondFactorMissing,
    PasskeyExists,
    InvalidInput(InvalidFields),
    /// Unknown, used, superseded or expired: one error, so that it does not reveal which.
    TicketInvalid,
    CodeInvalid {
        tries_left: u32,
    },
    TooManyAttempts {
        retry_after: Duration,
    },
    /// A bug in a handler.
    Internal,
    Busy,
    /// A dependency, usually the database, does not respond; with the cause, for the log alone.
    Unavailable(Box<dyn std::error::Error + Send + Sync>),
    /// The setting `mail` is `off`.
    MailUnavailable,
}

impl Error {
    /// Invalid input in one field.
    pub fn field(name: &str, reason: impl Into<InvalidField>) -> Self {
        Self::InvalidInput(InvalidFields::of(name, reason))
    }

    /// The set of revocations is too old to rely on.
    pub fn stale_revocations() -> Self {
        Self::Unavailable("revocations cannot be read from the database".into())
    }

    pub(super) fn status_and_code(&self) -> (StatusCode, ErrorCode) {
        match self {
            Self::MalformedRequest(_) | Self::RepeatedCookie => (StatusCode::BAD_REQUEST, ErrorCode::MalformedRequest),
            Self::InvalidCredentials => (StatusCode::UNAUTHORIZED, ErrorCode::InvalidCredentials),
            Self::TokenMissing => (StatusCode::UNAUTHORIZED, ErrorCode::TokenMissing),
            Self::TokenInvalid => (StatusCode::UNAUTHORIZED, ErrorCode::TokenInvalid),
            Self::TokenExpired => (StatusCode::UNAUTHORIZED, ErrorCode::TokenExpired),
            Self::SessionMissing => (StatusCode::UNAUTHORIZED, ErrorCode::SessionMissing),
            Self::SessionEnded(_) | Self::SessionUnknown | Self::TokenRevoked(_) => {
                (StatusCode::UNAUTHORIZED, ErrorCode::SessionEnded)
            }
            Self::StepUpRequired { .. } => (StatusCode::UNAUTHORIZED, ErrorCode::StepUpRequired),
            Self::SecondFactorRequired { .. } => (StatusCode::UNAUTHORIZED, ErrorCode::SecondFactorRequired),
            Self::SecondFactorInvalid => (StatusCode::UNAUTHORIZED, ErrorCode::SecondFactorInvalid),
            Self::PasskeyUnknown => (StatusCode::UNAUTHORIZED, ErrorCode::PasskeyUnknown),
            Self::Forbidden(_) | Self::BlockedNetwork => (StatusCode::FORBIDDEN, ErrorCode::Forbidden),
            Self::DeletionPending { .. } => (StatusCode::FORBIDDEN, ErrorCode::DeletionPending),
            Self::CrossSiteRequest => (StatusCode::FORBIDDEN, ErrorCode::CrossSiteRequest),
            Self::RegistrationClosed(_) => (StatusCode::FORBIDDEN, ErrorCode::RegistrationClosed),
            Self::NotFound => (StatusCode::NOT_FOUND, ErrorCode::NotFound),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, ErrorCode::MethodNotAllowed),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::TooLarge),
            Self::TargetTooLong => (StatusCode::URI_TOO_LONG, ErrorCode::TooLarge),
            Self::RequestTimeout => (StatusCode::REQUEST_TIMEOUT, ErrorCode::RequestTimeout),
            Self::UnsupportedMediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::UnsupportedMediaType),
            Self::WebAssemblyRequired | Self::InvalidInput(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::InvalidInput)
            }
            Self::TicketInvalid => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::TicketInvalid),
            Self::CodeInvalid { .. } => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::CodeInvalid),
            Self::EmailTaken => (StatusCode::CONFLICT, ErrorCode::EmailTaken),
            Self::LastAdministrator => (StatusCode::CONFLICT, ErrorCode::LastAdministrator),
            Self::LastCredential => (StatusCode::CONFLICT, ErrorCode::LastCredential),
            Self::SecondFactorMissing => (StatusCode::CONFLICT, ErrorCode::SecondFactorMissing),
            Self::PasskeyExists => (StatusCode::CONFLICT, ErrorCode::PasskeyExists),
            Self::TooManyAttempts { .. } => (StatusCode::TOO_MANY_REQUESTS, ErrorCode::TooManyAttempts),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Busy),
            Self::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Unavailable),
            Self::MailUnavailable => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::MailUnavailable),
        }
    }

    /// `Retry-After`, in whole seconds, rounded up.
    pub(super) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooManyAttempts { retry_after } => {
                Some((retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0)).max(1))
            }
            Self::Busy | Self::Unavailable(_) => Some(1),
            // Not before the operator has changed the settings.
            Self::MailUnavailable => Some(3600),
            _ => None,
        }
    }

    /// Why the request was refused, if it counts as a refusal: recorded by the layer around the handlers.
    fn refusal(&self) -> Option<Refusal> {
        Some(match self {
            Self::TooManyAttempts { .. } => Refusal::TooManyAttempts,
            Self::Forbidden(_) | Self::RegistrationClosed(_) => Refusal::Forbidden,
            Self::BlockedNetwork => Refusal::BlockedNetwork,
            Self::CrossSiteRequest => Refusal::CrossSiteRequest,
            Self::InvalidCredentials | Self::CodeInvalid { .. } | Self::SecondFactorInvalid | Self::PasskeyUnknown => {
                Refusal::InvalidCredentials
            }
            Self::TokenInvalid => Refusal::TokenInvalid,
            Self::SessionUnknown | Self::TicketInvalid => Refusal::CredentialInvalid,
            Self::MalformedRequest(_) | Self::RepeatedCookie => Refusal::MalformedRequest,
            Self::InvalidInput(_) => Refusal::InvalidInput,
            Self::TooLarge | Self::TargetTooLong => Refusal::TooLarge,
            Self::UnsupportedMediaType => Refusal::UnsupportedMediaType,
            _ => return None,
        })
    }

    /// The challenge for an access token (RFC 6750, section 3), or for a newer proof of the user (RFC 9470, section 3). A
    /// rejected cookie has none.
    fn challenge(&self) -> Option<HeaderValue> {
        match self {
            Self::TokenMissing | Self::TokenInvalid | Self::TokenExpired | Self::TokenRevoked(_) => {
                Some(HeaderValue::from_static(r#"Bearer error="invalid_token""#))
            }
            Self::StepUpRequired { max_age, acr } => {
                let challenge = doorward_verify::step_up_challenge(max_age.as_secs());
                // All that are enough, as in the challenge for strength alone.
                let acr = acr.map(|_| r#", acr_values="2 phr""#).unwrap_or_default();
                HeaderValue::try_from(challenge + acr).ok()
            }
            _ => None,
        }
    }
}

/// The error of a response that has no body yet: an extension of it. The layer around the handlers makes the body, because it
/// is of one format for the API and of another for pages, and in the language of the request.
#[derive(Clone, Debug)]
pub struct WithoutBody(pub Arc<Error>);

/// Why a response is a 503: an extension of it, which the layer around the handlers logs.
#[derive(Clone, Debug)]
pub struct UnavailableCause(pub String);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, _) = self.status_and_code();
        let mut response = status.into_response();
        if let Self::Unavailable(cause) = &self {
            response.extensions_mut().insert(UnavailableCause(cause.to_string()));
        }
        if let Some(refusal) = self.refusal() {
            response.extensions_mut().insert(refusal);
        }

        let mut set = |name: HeaderName, value: HeaderValue| response.headers_mut().insert(name, value);
        set(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after() {
            set(header::RETRY_AFTER, seconds.into());
        }
        if let Some(challenge) = self.challenge() {
            set(header::WWW_AUTHENTICATE, challenge);
        }
        response.extensions_mut().insert(WithoutBody(Arc::new(self)));
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
