//! Responses, and what tests assert about them.

use std::borrow::Cow;

use axum::{
    body::Bytes,
    http::{HeaderMap, header},
};
use doorward_api::{EndReason, ErrorCode, Problem};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::credentials::{DEVICE_COOKIES, REGISTRATION_COOKIE};

/// A complete response.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a readable header"))
    }

    /// All headers but the request id, which differs in any two responses.
    pub fn headers_except_request_id(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        headers.remove("x-request-id");
        headers
    }

    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("text")
    }

    pub fn text_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    pub fn json(&self) -> Value {
        self.parse()
    }

    pub fn problem(&self) -> Problem {
        self.parse()
    }

    /// The body, read as JSON of this type.
    #[track_caller]
    pub fn parse<T: DeserializeOwned>(&self) -> T {
        let type_name = std::any::type_name::<T>();
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("not a {type_name} ({error}): {self:?}"))
    }

    /// All `Set-Cookie` headers.
    pub fn set_cookies(&self) -> Vec<&str> {
        let headers = self.headers.get_all(header::SET_COOKIE).iter();
        headers.map(|value| value.to_str().expect("a readable header")).collect()
    }

    /// The `Set-Cookie` header of a credential, of which there is one at most.
    pub fn set_cookie(&self) -> Option<&str> {
        let is_other = |cookie: &&str| {
            let mut others = DEVICE_COOKIES.into_iter().chain([REGISTRATION_COOKIE]);
            others.any(|name| cookie.starts_with(&format!("{name}=")))
        };
        let cookies: Vec<_> = self.set_cookies().into_iter().filter(|cookie| !is_other(cookie)).collect();
        assert!(cookies.len() <= 1, "several cookies: {self:?}");
        cookies.first().copied()
    }

    /// The value that this response sets for a cookie; `None` if it clears or does not mention it.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let pairs = self.set_cookies().into_iter().filter_map(|cookie| cookie.split(';').next()?.split_once('='));
        pairs.filter(|(cookie, value)| *cookie == name && !value.is_empty()).map(|(_, value)| value).next()
    }

    #[track_caller]
    pub fn assert_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }

    #[track_caller]
    pub fn assert_ok(self) -> Self {
        assert!((200..300).contains(&self.status), "{self:?}");
        self
    }

    /// Asserts an error with this code, and with the status that belongs to the code.
    #[track_caller]
    pub fn assert_refused(self, code: ErrorCode) -> Self {
        let problem = self.problem();
        assert_eq!((problem.code, self.status), (code, status_of(code)), "{self:?}");
        self
    }

    /// Asserts `session_ended` with this reason.
    #[track_caller]
    pub fn assert_ended(self, reason: EndReason) -> Self {
        let response = self.assert_refused(ErrorCode::SessionEnded);
        assert_eq!(response.problem().reason, Some(reason), "{response:?}");
        response
    }

    /// Asserts `session_ended` or `token_expired`: under `banking` the access token is the whole session.
    #[track_caller]
    pub fn assert_ended_or_expired(self) -> Self {
        let matches = matches!(self.problem().code, ErrorCode::SessionEnded | ErrorCode::TokenExpired);
        assert!(matches && self.status == 401, "{self:?}");
        self
    }

    /// Asserts `invalid_input` with a message for exactly these fields.
    #[track_caller]
    pub fn assert_invalid_fields(self, fields: &[&str]) -> Self {
        let response = self.assert_refused(ErrorCode::InvalidInput);
        let errors = response.problem().errors.unwrap_or_default();
        assert_eq!(errors.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), fields, "{response:?}");
        assert!(errors.iter().all(|(_, message)| !message.is_empty()), "{response:?}");
        response
    }
}

fn status_of(code: ErrorCode) -> u16 {
    match code {
        ErrorCode::MalformedRequest => 400,
        ErrorCode::InvalidCredentials
        | ErrorCode::TokenMissing
        | ErrorCode::TokenInvalid
        | ErrorCode::TokenExpired
        | ErrorCode::SessionMissing
        | ErrorCode::SessionEnded
        | ErrorCode::StepUpRequired
        | ErrorCode::SecondFactorRequired
        | ErrorCode::SecondFactorInvalid
        | ErrorCode::PasskeyUnknown => 401,
        ErrorCode::Forbidden
        | ErrorCode::CrossSiteRequest
        | ErrorCode::DeletionPending
        | ErrorCode::RegistrationClosed => 403,
        ErrorCode::NotFound => 404,
        ErrorCode::MethodNotAllowed => 405,
        ErrorCode::RequestTimeout => 408,
        ErrorCode::EmailTaken
        | ErrorCode::LastAdministrator
        | ErrorCode::LastCredential
        | ErrorCode::SecondFactorMissing
        | ErrorCode::PasskeyExists => 409,
        ErrorCode::TooLarge => 413,
        ErrorCode::UnsupportedMediaType => 415,
        ErrorCode::InvalidInput | ErrorCode::TicketInvalid | ErrorCode::CodeInvalid => 422,
        ErrorCode::TooManyAttempts => 429,
        ErrorCode::Internal | ErrorCode::Unknown => 500,
        ErrorCode::Busy | ErrorCode::Unavailable | ErrorCode::MailUnavailable => 503,
    }
}
