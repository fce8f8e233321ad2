//! The session of the page that sends a request, from the header `Doorward-Session`.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, request::Parts},
};
use doorward_api::EndReason;

use crate::{http::error::Error, model::session::SessionId, revocation::set::Revocations};

/// The header `Doorward-Session`, if there is one. After a login in another tab, the browser attaches the cookie of another
/// session, on whose behalf this page must not act.
pub struct ExpectedSession(Vec<HeaderValue>);

impl ExpectedSession {
    const HEADER: &str = "doorward-session";

    pub fn from_headers(headers: &HeaderMap) -> Self {
        Self(headers.get_all(Self::HEADER).iter().cloned().collect())
    }

    /// An error if another session was expected than this one. After a rotation, pages send the earlier id until their
    /// next refresh.
    pub fn check(&self, session_id: &SessionId, revocations: &Revocations) -> Result<(), Error> {
        let is_expected = |expected: &HeaderValue| {
            let earlier = || SessionId::parse(expected.to_str().ok()?);
            expected == session_id.0.as_str()
                || earlier().is_some_and(|earlier| revocations.is_rotation_of(session_id, &earlier))
        };
        if self.0.iter().all(is_expected) { Ok(()) } else { Err(Error::SessionEnded(EndReason::Replaced.into())) }
    }
}

impl<S: Sync> FromRequestParts<S> for ExpectedSession {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::from_headers(&parts.headers))
    }
}
