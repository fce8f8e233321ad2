//! Requests past the interceptor: login, registration, refresh, logout. So a refresh cannot call for another one.

use std::time::Duration;

use super::{
    Error, SessionEnd,
    grant::Granted,
    news::Passed,
    pass::{Proof, Renewal},
    platform::{Clocks, NoAnswer, Platform, within},
    request::{Method, Refusal, Request, Response},
    token::Age,
};
use doorward_api::{Login, Register};

/// Where a cookie or a refresh token is traded for a newer grant.
pub(super) const REFRESH: &str = "/api/auth/refresh";

/// How long a refresh or a logout may take, and the beginning of a stream.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

/// A login may stand in the queue of the password hasher.
const PATIENCE_WITH_HASHING: Duration = Duration::from_mins(1);

/// A grant, and the news of it for the other tabs, if it is any of theirs.
pub(super) struct Fresh {
    pub(super) granted: Box<Granted>,
    pub(super) passed: Option<Passed>,
}

/// What a refresh can come to.
pub(super) enum Refresh {
    /// A newer grant.
    Granted(Fresh),
    /// The session is over.
    Ended(SessionEnd),
    /// There is no session that this browser could have told us of.
    Missing,
    /// Everything else says nothing about the session.
    Unreachable { status: Option<u16>, retry_after: Option<Duration> },
}

pub(super) fn registration(form: &Register) -> Request {
    Request::new(Method::Post, "/api/auth/register").json(form)
}

pub(super) fn login(form: &Login) -> Request {
    Request::new(Method::Post, "/api/auth/login").json(form)
}

/// Begins a session with a login or a registration.
pub(super) async fn begin(platform: &impl Platform, request: &Request) -> Result<Fresh, Error> {
    let asked_at = platform.now();
    let answer = send(platform, request, None, PATIENCE_WITH_HASHING).await.map_err(|NoAnswer| Error::Unreachable)?;
    if !answer.is_success() {
        return Err(answer.error());
    }
    Fresh::read(platform, &answer, None, asked_at).ok_or(Error::Unreachable)
}

/// Trades what renews the session for a newer grant.
pub(super) async fn refresh(platform: &impl Platform, renewal: &Renewal) -> Refresh {
    let asked_at = platform.now();
    let request = renewal.present(Request::new(Method::Post, REFRESH));
    let Ok(answer) = send(platform, &request, None, PATIENCE).await else {
        return Refresh::Unreachable { status: None, retry_after: None };
    };
    match (Fresh::read(platform, &answer, Some(renewal), asked_at), answer.refusal()) {
        (Some(fresh), _) => Refresh::Granted(fresh),
        (None, Some(Refusal::Ended(why))) => Refresh::Ended(why),
        (None, Some(Refusal::NoProof)) => Refresh::Missing,
        (None, Some(Refusal::Token { .. }) | None) => {
            Refresh::Unreachable { status: Some(answer.status), retry_after: answer.retry_after }
        }
    }
}

impl Fresh {
    fn read(
        platform: &impl Platform,
        answer: &Response,
        presented: Option<&Renewal>,
        asked_at: Clocks,
    ) -> Option<Self> {
        if !answer.is_success() {
            return None;
        }
        let granted = Granted::read(&answer.body, presented, asked_at, platform.now().steady, platform.chance())?;
        let passed = granted.is_shared().then(|| Passed::new(&answer.body, asked_at));
        Some(Self { granted, passed })
    }
}

/// Tells the server that the person has left the session of the browser's cookie, or the one that was this tab's `own`.
/// The error says how long the server asks to be left alone.
pub(super) async fn logout(platform: &impl Platform, own: Option<&Granted>) -> Result<(), Option<Duration>> {
    let mut request = Request::new(Method::Post, "/api/auth/logout");
    // It must arrive even if the person leaves in this instant.
    request.outlives_page = true;
    let mut proof = None;
    if let Some(own) = own {
        // The browser's cookie is of somebody else.
        request = request.without_cookies();
        if let Some(renewal) = own.pass.renewal() {
            request = renewal.present(request);
        }
        proof = (own.pass.age(platform.now()) != Age::Dead).then(|| own.proof());
    }
    let answer = send(platform, &request, proof.as_ref(), PATIENCE).await.map_err(|NoAnswer| None)?;
    match answer.read() {
        Ok(()) => Ok(()),
        // The server has understood and will say the same again.
        Err(Error::Problem(_)) if (400..500).contains(&answer.status) && answer.status != 429 => Ok(()),
        Err(_) => Err(answer.retry_after),
    }
}

/// A server that keeps us waiting for ever has not answered.
async fn send(
    platform: &impl Platform,
    request: &Request,
    proof: Option<&Proof>,
    patience: Duration,
) -> Result<Response, NoAnswer> {
    within(platform, patience, platform.send(request, proof)).await.unwrap_or(Err(NoAnswer))
}
