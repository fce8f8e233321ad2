//! Replayable requests: descriptions, from which each attempt is built. Responses, with the whole body.

use std::{rc::Rc, time::Duration};

use doorward_api::{EndReason, ErrorCode};
use leptos::wasm_bindgen::JsValue;
use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, SessionEnd, json, session_end};

/// HTTP methods of the API.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A request to the origin of the page.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
    /// Continue when the page is closed (`keepalive`).
    pub(crate) outlives_page: bool,
    /// Neither send cookies nor store those of the response.
    pub(crate) omits_cookies: bool,
}

/// Body of a request.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    None,
    Text(String),
    Bytes(Vec<u8>),
    /// A file, a multipart form or a stream: the browser reads it while sending, so it can be sent once only.
    Once(JsValue),
}

impl Request {
    pub(crate) fn new(method: Method, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: Body::None,
            outlives_page: false,
            omits_cookies: false,
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets a JSON body. Panics if the type cannot be represented as JSON, which is a programming error.
    pub(crate) fn json(self, body: &impl Serialize) -> Self {
        let Ok(body) = serde_json::to_string(body) else { unreachable!("the body can be written as JSON") };
        self.header("Content-Type", "application/json").body(Body::Text(body))
    }

    pub(crate) fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    pub(crate) fn without_cookies(mut self) -> Self {
        self.omits_cookies = true;
        self
    }

    /// Method and path without the query, for the timeline.
    pub(crate) fn name(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        format!("{} {path}", self.method.name())
    }

    pub(crate) fn is_replayable(&self) -> bool {
        !matches!(self.body, Body::Once(_))
    }
}

/// What authorizes a request. Cannot be printed.
#[derive(Clone, Eq, PartialEq)]
pub(crate) enum Authorization {
    /// An access token.
    Bearer(Rc<str>),
    /// The browser's session cookie, if it belongs to the session with this id. The browser attaches its
    /// present cookie, so the request names the session that it is meant for.
    Session(String),
}

impl Authorization {
    /// Name and value of the header.
    pub(crate) fn header(&self) -> (&'static str, String) {
        match self {
            Self::Bearer(token) => ("Authorization", format!("Bearer {token}")),
            Self::Session(id) => ("Doorward-Session", id.clone()),
        }
    }

    /// The rejection of this authorization that a response contains, if any.
    pub(crate) fn rejection(&self, response: &Response) -> Option<Rejection> {
        match (self, response.rejection()?) {
            (Self::Bearer(_), Rejection::Missing) | (Self::Session(_), Rejection::Token { .. }) => None,
            // The cookie was deleted.
            (Self::Session(_), Rejection::Missing) => {
                Some(Rejection::SessionEnded(SessionEnd::new(EndReason::Unknown)))
            }
            (_, rejection) => Some(rejection),
        }
    }
}

/// A response of the server, of a proxy or of a captive portal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    /// Target of a server function's redirect.
    pub(crate) redirect: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// A 401 with one of our error codes. The server sends it before any effect, so the request may be repeated.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rejection {
    /// The access token has expired or is invalid; another one may succeed.
    Token { is_expired: bool },
    /// The session has ended.
    SessionEnded(SessionEnd),
    /// The request had neither a token nor a cookie.
    Missing,
}

impl Response {
    /// Reads a 401 from Doorward; `None` for any other response, including a 401 from another server.
    pub(crate) fn rejection(&self) -> Option<Rejection> {
        if self.status != 401 {
            return None;
        }
        let (code, end) = session_end::read(&self.body)?;
        match code? {
            ErrorCode::TokenExpired => Some(Rejection::Token { is_expired: true }),
            ErrorCode::TokenInvalid => Some(Rejection::Token { is_expired: false }),
            ErrorCode::SessionEnded => Some(Rejection::SessionEnded(end)),
            ErrorCode::SessionMissing | ErrorCode::TokenMissing => Some(Rejection::Missing),
            _ => None,
        }
    }

    /// Whether the server requires a more recent proof of the user. It has refused the request before any effect, and the
    /// session continues.
    pub(crate) fn requires_step_up(&self) -> bool {
        self.status == 401 && matches!(session_end::read(&self.body), Some((Some(ErrorCode::StepUpRequired), _)))
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Reads the body of a success, or the problem. An empty body reads as `()`.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if !self.is_success() {
            return Err(self.error());
        }
        let body = if self.body.is_empty() { b"null" } else { self.body.as_slice() };
        json::read(body).ok_or(Error::InvalidResponse { status: self.status })
    }

    /// The body of a success as text, or the problem.
    pub(crate) fn text(self) -> Result<String, Error> {
        if !self.is_success() {
            return Err(self.error());
        }
        String::from_utf8(self.body).map_err(|_| Error::InvalidResponse { status: self.status })
    }

    /// Reads the problem of a failure.
    pub(crate) fn error(&self) -> Error {
        match json::read(&self.body) {
            Some(problem) => Error::Problem(Box::new(problem)),
            None => Error::InvalidResponse { status: self.status },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, body: &str) -> Response {
        Response { status, body: body.into(), ..Response::default() }
    }

    #[test]
    fn the_text_of_a_response_is_its_body_and_never_that_of_a_failure() {
        assert_eq!(response(200, "[1,\n2]").text(), Ok("[1,\n2]".to_owned()));
        let limited = r#"{"type":"","title":"","status":429,"code":"too_many_attempts"}"#;
        assert!(matches!(response(429, limited).text(), Err(Error::Problem(_))));
        assert_eq!(response(502, "bad gateway").text(), Err(Error::InvalidResponse { status: 502 }));
    }

    #[test]
    fn only_a_401_with_one_of_our_codes_is_a_rejection() {
        let rejection = |status, body| response(status, body).rejection();
        let ended = |reason| Some(Rejection::SessionEnded(SessionEnd::new(reason)));

        assert_eq!(rejection(401, r#"{"code":"token_expired"}"#), Some(Rejection::Token { is_expired: true }));
        assert_eq!(rejection(401, r#"{"code":"session_ended","reason":"idle"}"#), ended(EndReason::Idle));
        let reason_of_a_later_version = r#"{"code":"session_ended","reason":"sunset"}"#;
        assert_eq!(rejection(401, reason_of_a_later_version), ended(EndReason::Unknown));
        assert_eq!(rejection(503, r#"{"code":"session_ended"}"#), None);
        assert_eq!(rejection(401, r#"{"code":"step_up_required"}"#), None, "the token is good");
        for foreign in ["", "null", "{", "<html>", r#"{"code":7}"#, r#"{"error":"session_ended"}"#, r#"{"code":"x"}"#] {
            assert_eq!(rejection(401, foreign), None, "{foreign}");
        }
    }

    #[test]
    fn an_empty_body_reads_as_unit_and_a_broken_one_as_an_invalid_response() {
        assert_eq!(response(204, "").read::<()>(), Ok(()));
        assert_eq!(response(200, "[1, 2").read::<Vec<u8>>(), Err(Error::InvalidResponse { status: 200 }));
        assert_eq!(response(502, "<h1>Bad gateway</h1>").read::<()>(), Err(Error::InvalidResponse { status: 502 }));
    }
}
