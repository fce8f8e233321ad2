//! The session of a page request: what the first frame shows, and where the page redirects.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};
use doorward_api::EndReason;
use std::convert::Infallible;

use crate::{
    http::cookies,
    model::session_end::SessionEnd,
    sessions::authenticate::{self, AuthenticationError},
    state::AppState,
};

#[derive(Clone, Debug)]
pub enum PageSession {
    /// The request has no credential.
    Absent,
    Live,
    Ended(SessionEnd),
    /// The database did not answer. The browser finds out with its first request.
    Unknown,
}

impl PageSession {
    async fn of(app: &AppState, headers: &HeaderMap) -> Self {
        let Ok(cookies) = cookies::credential_cookies(headers, app.config.cookie_secure) else { return Self::Absent };
        if cookies.is_empty() {
            return Self::Absent;
        }
        let now = app.clock.now();
        let credentials = cookies.presented(app, now).collect();
        match authenticate::authenticate_first(&app.sessions, credentials, now).await {
            Ok(_) => Self::Live,
            Err(AuthenticationError::SessionEnded(end)) => Self::Ended(end),
            Err(AuthenticationError::SessionUnknown) => Self::Ended(EndReason::Unknown.into()),
            Err(AuthenticationError::Unavailable(error)) => {
                app.failed_requests.record(&error.to_string());
                Self::Unknown
            }
        }
    }

    /// Whether the session has certainly ended, or there is none.
    pub fn is_absent_or_ended(&self) -> bool {
        matches!(self, Self::Absent | Self::Ended(_))
    }
}

impl FromRequestParts<AppState> for PageSession {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Infallible> {
        Ok(Self::of(app, &parts.headers).await)
    }
}
