//! Requests without a token: login, registration, refresh, logout. They are never intercepted, so a refresh cannot call
//! for another one.

use std::{pin::pin, time::Duration};

use futures::future::{Either, select};

use super::{
    End, Error,
    grant::Granted,
    news::Passed,
    platform::{Clocks, NoAnswer, Platform},
    request::{Method, Refusal, Request, Response},
};
use crate::api::{Login, Register};

/// Where the cookie is traded for a newer token.
pub(super) const REFRESH: &str = "/api/auth/refresh";

/// How long a refresh or a logout may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// A login may stand in the queue of the password hasher.
const PATIENCE_WITH_HASHING: Duration = Duration::from_mins(1);

/// A grant, and the news of it for the other tabs.
pub(super) struct Fresh {
    pub(super) granted: Box<Granted>,
    pub(super) passed: Passed,
}

/// What a refresh can come to.
pub(super) enum Refresh {
    /// A newer token.
    Granted(Fresh),
    /// The session is over.
    Ended(End),
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
    let answer = send(platform, request, PATIENCE_WITH_HASHING).await.map_err(|NoAnswer| Error::Unreachable)?;
    if !answer.is_success() {
        return Err(answer.error());
    }
    Fresh::read(platform, &answer, asked_at).ok_or(Error::Unreachable)
}

/// Trades the cookie for a newer token.
pub(super) async fn refresh(platform: &impl Platform) -> Refresh {
    let asked_at = platform.now();
    let Ok(answer) = send(platform, &Request::new(Method::Post, REFRESH), PATIENCE).await else {
        return Refresh::Unreachable { status: None, retry_after: None };
    };
    match (Fresh::read(platform, &answer, asked_at), answer.refusal()) {
        (Some(fresh), _) => Refresh::Granted(fresh),
        (None, Some(Refusal::Ended(why))) => Refresh::Ended(why),
        (None, Some(Refusal::NoSession)) => Refresh::Missing,
        (None, Some(Refusal::Token) | None) => {
            Refresh::Unreachable { status: Some(answer.status), retry_after: answer.retry_after }
        }
    }
}

impl Fresh {
    fn read(platform: &impl Platform, answer: &Response, asked_at: Clocks) -> Option<Self> {
        if !answer.is_success() {
            return None;
        }
        let granted = Granted::read(&answer.body, asked_at, platform.now().steady, platform.chance())?;
        Some(Self { granted, passed: Passed::new(&answer.body, asked_at) })
    }
}

/// Tells the server that the person has logged out. The error says how long the server asks to be left alone.
pub(super) async fn logout(platform: &impl Platform) -> Result<(), Option<Duration>> {
    let mut request = Request::new(Method::Post, "/api/auth/logout");
    // Its answer clears the cookie, so it must arrive even if the person leaves in this instant.
    request.outlives_page = true;
    let answer = send(platform, &request, PATIENCE).await.map_err(|NoAnswer| None)?;
    match answer.read() {
        Ok(()) => Ok(()),
        // The server has understood and will say the same again.
        Err(Error::Problem(_)) if (400..500).contains(&answer.status) && answer.status != 429 => Ok(()),
        Err(_) => Err(answer.retry_after),
    }
}

/// A server that keeps us waiting for ever has not answered.
async fn send(platform: &impl Platform, request: &Request, patience: Duration) -> Result<Response, NoAnswer> {
    match select(pin!(platform.send(request, None)), pin!(platform.sleep(patience))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(((), _)) => Err(NoAnswer),
    }
}
