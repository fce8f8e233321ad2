//! The caller: the authenticated user who sends a request. A handler requires one by taking it as an argument.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use doorward_api::CredentialStorage;
use doorward_verify::{Acr, TokenError, bearer_token};

use super::{
    cookies::{self, CredentialCookies},
    expected_session::ExpectedSession,
};
use crate::{
    clock::Moment,
    http::error::Error,
    metrics::Verification,
    model::{session::SessionId, session_end::SessionEnd, user::UserId},
    revocation::set::RevocationStatus,
    sessions::authenticate,
    state::AppState,
};

/// Authenticated by an access token, without a database query, or by a session cookie, with one.
pub struct Caller {
    pub user_id: UserId,
    pub session_id: SessionId,
    pub name: String,
    pub roles: Vec<String>,
    /// When the user last proved who they are, and how strongly. `None` for access tokens of a server that did not have
    /// confirmations.
    pub proof: Option<(Moment, Acr)>,
    /// The cookie that authenticated the caller; `None` for an access token.
    pub cookie: Option<CredentialStorage>,
}

impl Caller {
    /// The error when the caller's session turns out to have ended. Only the rejection of an access token has a challenge
    /// (`WWW-Authenticate`).
    pub fn session_ended(&self, end: impl Into<SessionEnd>) -> Error {
        if self.cookie.is_some() { Error::SessionEnded(end.into()) } else { Error::TokenRevoked(end.into()) }
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Error> {
        let now = app.clock.now();
        let token = access_token(&parts.headers)?;
        if token.is_none() {
            let cookies = cookies::session_cookie(&parts.headers, app.config.cookie_secure)?;
            if !cookies.is_empty() {
                // Boxed, so that requests with a token carry no room for its database queries.
                return Box::pin(by_cookie(app, &cookies, &parts.headers, now)).await;
            }
        }
        let caller = by_token(app, token.ok_or(Error::TokenMissing)?, now).await;
        if let Some(verification) = verification(&caller) {
            app.metrics.verified(verification);
        }
        caller
    }
}

fn verification(caller: &Result<Caller, Error>) -> Option<Verification> {
    match caller {
        Ok(_) => Some(Verification::Accepted),
        Err(Error::TokenExpired) => Some(Verification::Expired),
        Err(Error::TokenInvalid) => Some(Verification::Invalid),
        Err(Error::TokenRevoked(_)) => Some(Verification::Revoked),
        Err(Error::Unavailable(_)) => Some(Verification::Unavailable),
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
    let session_id = SessionId(claims.sid.clone());
    match app.revocations.check_or_wait(&session_id).await {
        RevocationStatus::Live => Ok(Caller {
            user_id: UserId(claims.sub.clone()),
            session_id,
            name: claims.name.clone(),
            roles: claims.roles.clone(),
            proof: claims.acr.map(|acr| (Moment(claims.auth_time.saturating_mul(1000)), acr)),
            cookie: None,
        }),
        RevocationStatus::Ended(end) => Err(Error::TokenRevoked(end)),
        // Not `session_ended`: the browser refreshes the token with its new credential.
        RevocationStatus::Rotated => Err(Error::TokenInvalid),
        RevocationStatus::Unavailable => Err(Error::stale_revocations()),
    }
}

async fn by_cookie(
    app: &AppState,
    cookies: &CredentialCookies,
    headers: &HeaderMap,
    now: Moment,
) -> Result<Caller, Error> {
    let Some(credential) = cookies.presented(app, now).next() else {
        return Err(Error::SessionUnknown);
    };
    let (mut session, user) = authenticate::authenticate(&app.sessions, &credential, now).await?;
    ExpectedSession::from_headers(headers).check(&session.id, &app.revocations)?;
    authenticate::touch(&app.sessions, &mut session, &user, now);
    let cookie = Some(credential.storage);
    let user = user.in_session(&session.authentication, &app.second_factor_roles);
    Ok(Caller {
        user_id: user.id,
        session_id: session.id,
        name: user.name,
        roles: user.roles,
        proof: Some((session.authentication.time, session.authentication.acr)),
        cookie,
    })
}

/// The access token, from exactly one `Authorization: Bearer` header. Nowhere else: a token in a URL would be logged.
fn access_token(headers: &HeaderMap) -> Result<Option<&str>, Error> {
    let values = headers.get_all(header::AUTHORIZATION).iter().map(HeaderValue::as_bytes);
    bearer_token(values).map_err(|_| Error::TokenInvalid)
}
