//! Who sends a request: what a handler asks for that serves nobody but people who are logged in.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use doorward_api::{CredentialStorage, EndReason};
use doorward_verify::{TokenError, bearer_token};

use super::cookies::{self, Cookies};
use crate::{
    clock::Moment,
    http::error::Error,
    metrics::Verified,
    model::{session::SessionId, session_end::SessionEnd, user::UserId},
    revocation::set::RevocationStatus,
    sessions::authenticate,
    state::AppState,
};

/// Who sends the request, proved by an access token of a session that has not ended, without a database query; or by a
/// session cookie, which is looked up.
pub struct Caller {
    /// Who it is.
    pub user_id: UserId,
    /// In which session.
    pub session_id: SessionId,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub roles: Vec<String>,
    /// The cookie that proves it, if one does.
    pub cookie: Option<CredentialStorage>,
}

impl Caller {
    /// The caller's session is over after all. A challenge answers a token; whoever came with a cookie has none to send.
    pub fn over(&self, end: impl Into<SessionEnd>) -> Error {
        if self.cookie.is_some() { Error::SessionEnded(end.into()) } else { Error::TokenRevoked(end.into()) }
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Error> {
        let now = app.clock.now();
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            let cookie = cookies::session_cookie(&parts.headers, app.config.cookie_secure)?;
            if !cookie.is_empty() {
                return by_cookie(app, &cookie, &parts.headers, now).await;
            }
        }
        let caller = by_token(app, token(&parts.headers)?, now).await;
        if let Some(outcome) = outcome(&caller) {
            app.metrics.verified(outcome);
        }
        caller
    }
}

/// What came of checking a token.
fn outcome(caller: &Result<Caller, Error>) -> Option<Verified> {
    match caller {
        Ok(_) => Some(Verified::Accepted),
        Err(Error::TokenExpired) => Some(Verified::Expired),
        Err(Error::TokenInvalid) => Some(Verified::Invalid),
        Err(Error::TokenRevoked(_)) => Some(Verified::Ended),
        Err(Error::Unavailable(_)) => Some(Verified::Unavailable),
        Err(_) => None,
    }
}

async fn by_token(app: &AppState, token: &str, now: Moment) -> Result<Caller, Error> {
    let claims = app.access_tokens.verify(token, now).map_err(|error| match error {
        TokenError::Expired => Error::TokenExpired,
        TokenError::Invalid(reason) => {
            tracing::debug!(reason, "access token rejected");
            Error::TokenInvalid
        }
    })?;
    let session_id = SessionId(claims.sid);
    match app.revocations.check_or_wait(&session_id).await {
        RevocationStatus::Live => {
            Ok(Caller { user_id: UserId(claims.sub), session_id, name: claims.name, roles: claims.roles, cookie: None })
        }
        RevocationStatus::Ended(end) => Err(Error::TokenRevoked(end)),
        RevocationStatus::Unavailable => Err(Error::Unavailable("the ends of sessions cannot be read".into())),
    }
}

async fn by_cookie(app: &AppState, cookie: &Cookies, headers: &HeaderMap, now: Moment) -> Result<Caller, Error> {
    let presented = cookie.presented(app, now).next().ok_or(Error::SessionEnded(EndReason::Unknown.into()))?;
    let (mut session, user) = authenticate::authenticate(&app.sessions, &presented, now).await?;
    ExpectedSession::by(headers).check(&session.id)?;
    authenticate::touch(&app.sessions, &mut session, now);
    let cookie = Some(presented.storage);
    Ok(Caller { user_id: user.id, session_id: session.id, name: user.name, roles: user.roles, cookie })
}

/// The session that a page believes to be in, if it names one. The browser adds whatever cookie it has: after a login in
/// another tab that is somebody else's, and what the page asks for must not happen in their name.
pub struct ExpectedSession(Vec<HeaderValue>);

impl ExpectedSession {
    const HEADER: &str = "doorward-session";

    fn by(headers: &HeaderMap) -> Self {
        Self(headers.get_all(Self::HEADER).iter().cloned().collect())
    }

    /// Refuses what was meant for another session than this one.
    pub fn check(&self, session_id: &SessionId) -> Result<(), Error> {
        if self.0.iter().all(|meant| meant == session_id.0.as_str()) {
            Ok(())
        } else {
            Err(Error::SessionEnded(EndReason::Replaced.into()))
        }
    }
}

impl<S: Sync> FromRequestParts<S> for ExpectedSession {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::by(&parts.headers))
    }
}

/// The access token, from exactly one `Authorization: Bearer` header and nowhere else (R63).
fn token(headers: &HeaderMap) -> Result<&str, Error> {
    let values = headers.get_all(header::AUTHORIZATION).iter().map(HeaderValue::as_bytes);
    bearer_token(values).map_err(|_| Error::TokenInvalid)?.ok_or(Error::TokenMissing)
}
