//! Requests to `/api/auth`: registration, login, refresh, logout. They bypass the interceptor, so a refresh cannot cause
//! another one.

use std::time::Duration;

use doorward_api::{Login, PendingRegistration};
use futures::future::LocalBoxFuture;

use crate::{
    Error, SessionEnd,
    active_session::ActiveSession,
    clock::Clocks,
    credentials::{Freshness, RefreshCredential},
    platform::{NoResponse, Platform, timeout},
    request::{Authorization, Method, Rejection, Request, Response},
};

/// Exchanges a cookie or a refresh token for a new token response.
pub(crate) const REFRESH: &str = "/api/auth/refresh";

/// Timeout of a refresh, of a logout, and of the start of a stream.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(15);

/// Timeout of a login, which may wait in the queue of the password hasher.
const LOGIN_TIMEOUT: Duration = Duration::from_mins(1);

/// Result of a refresh.
pub(crate) enum RefreshOutcome {
    Refreshed(Box<ActiveSession>),
    /// The session has ended.
    Ended(SessionEnd),
    /// The server found no credential.
    NoSession,
    /// Any other response, such as 503, or none: the session is kept.
    Failed {
        status: Option<u16>,
        retry_after: Option<Duration>,
    },
}

pub(crate) fn login(form: &Login) -> Request {
    Request::new(Method::Post, "/api/auth/login").json(form)
}

/// Result of a login or a registration.
pub(crate) enum Started {
    Session(Box<ActiveSession>),
    /// A registration waits for the code from its mail.
    Pending(PendingRegistration),
}

/// Starts a session with a login or a registration.
pub(crate) async fn start_session(platform: &impl Platform, request: &Request) -> Result<Started, Error> {
    let requested_at = platform.now();
    let response = send(platform, request, None, LOGIN_TIMEOUT).await.map_err(|NoResponse| Error::Unreachable)?;
    // Accepted (RFC 9110): it waits for something.
    if response.status == 202 {
        return response.read().map(Started::Pending);
    }
    if !response.is_success() {
        return Err(response.error());
    }
    let invalid = Error::InvalidResponse { status: response.status };
    read_session(platform, &response, None, requested_at).map(Started::Session).ok_or(invalid)
}

/// Sends a request that needs no session: for a new code of a registration, or a challenge of a login.
pub(crate) async fn request_anonymously(platform: &impl Platform, request: &Request) -> Result<Response, Error> {
    send(platform, request, None, TIMEOUT).await.map_err(|NoResponse| Error::Unreachable)
}

/// Refreshes a session.
pub(crate) async fn refresh(platform: &impl Platform, credential: &RefreshCredential) -> RefreshOutcome {
    let requested_at = platform.now();
    let request = credential.present(Request::new(Method::Post, REFRESH));
    let Ok(response) = send(platform, &request, None, TIMEOUT).await else {
        return RefreshOutcome::Failed { status: None, retry_after: None };
    };
    let session = read_session(platform, &response, Some(credential), requested_at);
    match (session, response.rejection()) {
        (Some(session), _) => RefreshOutcome::Refreshed(session),
        (None, Some(Rejection::SessionEnded(end))) => RefreshOutcome::Ended(end),
        (None, Some(Rejection::Missing)) => RefreshOutcome::NoSession,
        (None, Some(Rejection::Token { .. }) | None) => {
            RefreshOutcome::Failed { status: Some(response.status), retry_after: response.retry_after }
        }
    }
}

/// Reads the session of a token response.
pub(crate) fn read_session(
    platform: &impl Platform,
    response: &Response,
    presented: Option<&RefreshCredential>,
    requested_at: Clocks,
) -> Option<Box<ActiveSession>> {
    if !response.is_success() {
        return None;
    }
    let (now, random) = (platform.now().monotonic, platform.random());
    ActiveSession::from_response(&response.body, presented, requested_at, now, random)
}

/// Ends the session of the browser's cookie on the server, or the given session, which is bound to this tab. The error is
/// the server's `Retry-After`.
pub(crate) async fn logout(
    platform: &impl Platform,
    tab_bound: Option<&ActiveSession>,
) -> Result<(), Option<Duration>> {
    let mut request = Request::new(Method::Post, "/api/auth/logout");
    // Must arrive even if the user closes the page now.
    request.outlives_page = true;
    let mut authorization = None;
    if let Some(session) = tab_bound {
        // The cookie belongs to another session.
        request = request.without_cookies();
        if let Some(credential) = session.credentials.refresh_credential() {
            request = credential.present(request);
        }
        let is_expired = session.credentials.freshness(platform.now()) == Freshness::Expired;
        authorization = (!is_expired).then(|| session.authorization());
    }
    let response = send(platform, &request, authorization.as_ref(), TIMEOUT).await.map_err(|NoResponse| None)?;
    match response.read() {
        Ok(()) => Ok(()),
        // A retry would get the same response.
        Err(Error::Problem(_)) if (400..500).contains(&response.status) && response.status != 429 => Ok(()),
        Err(_) => Err(response.retry_after),
    }
}

/// Boxed: one copy of the code for all requests.
fn send<'a>(
    platform: &'a impl Platform,
    request: &'a Request,
    authorization: Option<&'a Authorization>,
    time: Duration,
) -> LocalBoxFuture<'a, Result<Response, NoResponse>> {
    let response = timeout(platform, time, platform.send(request, authorization));
    Box::pin(async { response.await.unwrap_or(Err(NoResponse)) })
}
