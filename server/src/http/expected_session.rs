//! The session that a page expects to act in.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, request::Parts},
};
use doorward_api::EndReason;

use crate::{http::error::Error, model::session::SessionId};

/// The header `Doorward-Session`, if there is one. The browser attaches the cookie that it has: after a login in another
/// tab that is the cookie of another session, in whose name this page must not act.
pub struct ExpectedSession(Vec<HeaderValue>);

impl ExpectedSession {
    const HEADER: &str = "doorward-session";

    pub fn from_headers(headers: &HeaderMap) -> Self {
        Self(headers.get_all(Self::HEADER).iter().cloned().collect())
    }

    /// An error if another session was expected than this one.
    pub fn check(&self, session_id: &SessionId) -> Result<(), Error> {
        if self.0.iter().all(|expected| expected == session_id.0.as_str()) {
            Ok(())
        } else {
            Err(Error::SessionEnded(EndReason::Replaced.into()))
        }
    }
}

impl<S: Sync> FromRequestParts<S> for ExpectedSession {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::from_headers(&parts.headers))
    }
}
