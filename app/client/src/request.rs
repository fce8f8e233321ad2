//! Requests as descriptions, from which each attempt is built anew, and answers read to their end.

use std::time::Duration;

use leptos::wasm_bindgen::JsValue;
use serde::{Serialize, de::DeserializeOwned};

use super::{Error, SessionEnd, end, json};
use doorward_api::ErrorCode;

/// The methods of the API.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Method {
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
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Body,
    /// Goes on when the page that sends it is closed.
    pub(super) outlives_page: bool,
    /// The browser attaches no cookie, and takes none from the answer.
    pub(super) omits_cookies: bool,
}

/// What a request carries.
#[derive(Clone, Debug)]
pub(super) enum Body {
    None,
    Text(String),
    Bytes(Vec<u8>),
    /// A file, a form with files or a stream, which the browser reads as it sends: once.
    Once(JsValue),
}

impl Request {
    pub(super) fn new(method: Method, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: Body::None,
            outlives_page: false,
            omits_cookies: false,
        }
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a JSON body. What cannot be written as JSON is a mistake in the program, not in the data.
    pub(super) fn json(self, body: &impl Serialize) -> Self {
        let Ok(body) = serde_json::to_string(body) else { unreachable!("a wire type can be written as JSON") };
        self.header("Content-Type", "application/json").body(Body::Text(body))
    }

    pub(super) fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    pub(super) fn without_cookies(mut self) -> Self {
        self.omits_cookies = true;
        self
    }

    /// What it is called in front of people: its method and its path, without the query.
    pub(super) fn name(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        format!("{} {path}", self.method.name())
    }

    pub(super) fn can_be_repeated(&self) -> bool {
        !matches!(self.body, Body::Once(_))
    }
}

/// An answer, whoever gave it.
#[derive(Clone, Debug, Default)]
pub(super) struct Response {
    pub(super) status: u16,
    /// How long the server asks to be left alone.
    pub(super) retry_after: Option<Duration>,
    /// Where a server function sends the browser.
    pub(super) redirect: Option<String>,
    pub(super) body: Vec<u8>,
}

/// A 401 of ours.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Refusal {
    /// The token is old or was not understood: another one may do better.
    Token { is_expired: bool },
    /// The session is over.
    Ended(SessionEnd),
    /// There was neither a token nor a cookie.
    NoProof,
}

impl Response {
    /// The 401 of ours that this answer is, if it is one: what was refused so had no effect, so the request may be sent
    /// again. `None` for everything else, other people's 401 included.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        if self.status != 401 {
            return None;
        }
        let (code, end) = end::read(&self.body)?;
        match code? {
            ErrorCode::TokenExpired => Some(Refusal::Token { is_expired: true }),
            ErrorCode::TokenInvalid => Some(Refusal::Token { is_expired: false }),
            ErrorCode::SessionEnded => Some(Refusal::Ended(end)),
            ErrorCode::SessionMissing | ErrorCode::TokenMissing => Some(Refusal::NoProof),
            _ => None,
        }
    }

    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Reads what was asked for, or the problem. An empty answer reads as `()`.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if !self.is_success() {
            return Err(self.error());
        }
        let body = if self.body.is_empty() { b"null" } else { self.body.as_slice() };
        json::read(body).ok_or(Error::Unreachable)
    }

    /// What an answer that is no success comes to.
    pub(super) fn error(&self) -> Error {
        json::read(&self.body).map_or(Error::Unreachable, |problem| Error::Problem(Box::new(problem)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_api::EndReason;

    fn answer(status: u16, body: &str) -> Response {
        Response { status, body: body.into(), ..Response::default() }
    }

    #[test]
    fn only_a_401_with_a_code_of_ours_is_a_refusal() {
        let refusal = |status, body| answer(status, body).refusal();

        assert_eq!(refusal(401, r#"{"code":"token_expired"}"#), Some(Refusal::Token { is_expired: true }));
        assert_eq!(
            refusal(401, r#"{"code":"session_ended","reason":"idle"}"#),
            Some(Refusal::Ended(SessionEnd::new(EndReason::Idle)))
        );
        assert_eq!(
            refusal(401, r#"{"code":"session_ended","reason":"of a later version"}"#),
            Some(Refusal::Ended(SessionEnd::new(EndReason::Unknown)))
        );
        assert_eq!(refusal(503, r#"{"code":"session_ended"}"#), None);
        for foreign in ["", "null", "{", "<html>", r#"{"code":7}"#, r#"{"error":"session_ended"}"#, r#"{"code":"x"}"#] {
            assert_eq!(refusal(401, foreign), None, "{foreign}");
        }
    }

    #[test]
    fn an_empty_answer_reads_as_nothing_and_half_an_answer_as_none() {
        assert_eq!(answer(204, "").read::<()>(), Ok(()));
        assert_eq!(answer(200, "[1, 2").read::<Vec<u8>>(), Err(Error::Unreachable));
        assert_eq!(answer(502, "<h1>Bad gateway</h1>").read::<()>(), Err(Error::Unreachable));
    }
}
