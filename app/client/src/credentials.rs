//! The credentials of a session, in memory only: what authorizes its requests, what refreshes that, and for how long it
//! is good. For a client, policies differ only in this:
//!
//! | policy           | authorizes a request | refreshes it                             | session of |
//! |------------------|----------------------|------------------------------------------|------------|
//! | `retention`      | an access token      | the refresh cookie                       | all tabs   |
//! | `server-session` | the session cookie   | the same cookie, once after a page load  | all tabs   |
//! | `memory-only`    | an access token      | a refresh token in memory                | one tab    |
//! | `banking`        | an access token      | nothing: the user logs in again          | one tab    |
//!
//! A session of one tab sends and receives no messages about sessions, waits for no lock, has its own stream and its own
//! logout, and ends with its page.

use std::{rc::Rc, time::Duration};

use doorward_api::{CredentialStorage, PresentedRefreshToken, TokenResponse};

use crate::{
    clock::{Clocks, Moment},
    request::Request,
};

/// Doorward's tokens are far shorter, and every verifier rejects longer ones without parsing them.
const MAX_LENGTH: usize = 4096;

/// How long before its expiry an access token is stale: enough for a slow request to arrive in time.
const MARGIN: Duration = Duration::from_secs(10);

/// Largest share that jitter adds to the margin: browsers that logged in together do not refresh together.
const JITTER: f64 = 0.5;

/// The credentials of a session.
#[derive(Clone)]
pub(crate) enum Credentials {
    /// An access token. Without a credential to refresh it, its expiry is the end of the session.
    Bearer { token: AccessToken, refresh: Option<RefreshCredential> },
    /// The browser's session cookie.
    Cookie,
}

/// What a refresh presents.
#[derive(Clone)]
pub(crate) enum RefreshCredential {
    /// A cookie, which the browser attaches.
    Cookie,
    /// A refresh token.
    Token(RefreshToken),
}

impl Credentials {
    /// Reads the credentials of a token response: of a login, or of a refresh that `presented` a credential. `None` if
    /// they are not exactly those of the session's policy. A refresh token comes at login only and is kept.
    pub(crate) fn from_response(
        response: &TokenResponse,
        presented: Option<&RefreshCredential>,
        requested_at: Clocks,
        random: f64,
    ) -> Option<Self> {
        let refresh_token = match (presented, &response.refresh_token) {
            (None, Some(text)) => Some(RefreshToken::parse(text)?),
            (Some(RefreshCredential::Token(kept)), None) => Some(kept.clone()),
            (None | Some(RefreshCredential::Cookie), None) => None,
            (Some(_), Some(_)) => return None,
        };
        let refresh = match (response.session.policy.credential_storage(), refresh_token) {
            (CredentialStorage::SessionCookie, None) => {
                // Requests name the session in a header.
                let is_text = response.session.id.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
                return (is_text && has_no_token(response)).then_some(Self::Cookie);
            }
            (CredentialStorage::RefreshCookie, None) => Some(RefreshCredential::Cookie),
            (CredentialStorage::RefreshToken, Some(token)) => Some(RefreshCredential::Token(token)),
            (CredentialStorage::AccessTokenOnly, None) => None,
            (_, Some(_)) | (CredentialStorage::RefreshToken, None) => return None,
        };
        let (text, lifetime) = access_token(response)?;
        let token = match refresh {
            Some(_) => AccessToken::new(text, requested_at, lifetime, random),
            None => AccessToken::non_renewable(text, requested_at, lifetime),
        };
        Some(Self::Bearer { token, refresh })
    }

    pub(crate) fn access_token(&self) -> Option<&AccessToken> {
        match self {
            Self::Bearer { token, .. } => Some(token),
            Self::Cookie => None,
        }
    }

    /// Treats the access token as expired from now on.
    pub(crate) fn expire_token(&mut self, now: Moment) {
        if let Self::Bearer { token, .. } = self {
            token.expires_at = token.expires_at.min(now);
        }
    }

    /// What a refresh presents; `None` if the session is not renewable.
    pub(crate) fn refresh_credential(&self) -> Option<&RefreshCredential> {
        match self {
            Self::Bearer { refresh, .. } => refresh.as_ref(),
            Self::Cookie => Some(&RefreshCredential::Cookie),
        }
    }

    /// A cookie is fresh until the server rejects it.
    pub(crate) fn freshness(&self, now: Clocks) -> Freshness {
        self.access_token().map_or(Freshness::Fresh, |token| token.freshness(now))
    }

    /// When the session ends, given the absolute timeout that the server sent.
    pub(crate) fn session_end(&self, absolute_timeout: Moment) -> Moment {
        match self {
            Self::Bearer { token, refresh: None } => token.expires_at,
            // No token outlives its session, so the session lasts at least that long.
            Self::Bearer { token, refresh: Some(_) } => absolute_timeout.max(token.expires_at),
            Self::Cookie => absolute_timeout,
        }
    }
}

impl RefreshCredential {
    /// Adds the credential to a refresh or a logout. A refresh token is sent without cookies, because the browser's
    /// cookie belongs to another session.
    pub(crate) fn present(&self, request: Request) -> Request {
        match self {
            Self::Cookie => request,
            Self::Token(token) => {
                request.json(&PresentedRefreshToken { refresh_token: Some(token.0.to_string()) }).without_cookies()
            }
        }
    }
}

/// A refresh token that is kept in memory. Cannot be printed.
#[derive(Clone)]
pub(crate) struct RefreshToken(Rc<str>);

impl RefreshToken {
    fn parse(text: &str) -> Option<Self> {
        is_jwt(text).then(|| Self(text.into()))
    }
}

/// How far the lifetime of an access token has advanced.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Freshness {
    /// Good for longer than the margin.
    Fresh,
    /// Still good, but a refresh is due.
    Stale,
    /// Rejected by every server.
    Expired,
}

/// An access token and its lifetime. Cannot be printed.
#[derive(Clone)]
pub(crate) struct AccessToken {
    text: Rc<str>,
    requested_at: Clocks,
    fresh_for: Duration,
    expires_at: Moment,
}

impl AccessToken {
    /// The lifetime starts when the token was requested, so that network latency counts.
    pub(crate) fn new(text: Rc<str>, requested_at: Clocks, lifetime: Duration, random: f64) -> Self {
        // The usual margin would use up a short lifetime.
        let margin = MARGIN.min(lifetime / 5).mul_f64(1.0 + JITTER * random.clamp(0.0, 1.0));
        Self {
            text,
            requested_at,
            fresh_for: lifetime.saturating_sub(margin),
            expires_at: requested_at.monotonic + lifetime,
        }
    }

    /// The only token of its session: it is used until it expires.
    pub(crate) fn non_renewable(text: Rc<str>, requested_at: Clocks, lifetime: Duration) -> Self {
        Self { text, requested_at, fresh_for: Duration::MAX, expires_at: requested_at.monotonic + lifetime }
    }

    /// A token that has expired by the wall clock alone is stale, not expired: the clock may have been set. A refresh
    /// resolves that, and the next token counts from the current wall clock.
    pub(crate) fn freshness(&self, now: Clocks) -> Freshness {
        if now.monotonic >= self.expires_at {
            Freshness::Expired
        } else if now.elapsed_at_most(self.requested_at) >= self.fresh_for {
            Freshness::Stale
        } else {
            Freshness::Fresh
        }
    }

    /// When the token expires, by the monotonic clock.
    pub(crate) fn expires_at(&self) -> Moment {
        self.expires_at
    }

    /// When a refresh is due, by the monotonic clock.
    pub(crate) fn stale_from(&self) -> Moment {
        self.requested_at.monotonic + self.fresh_for
    }

    /// The token itself, for the `Authorization` header.
    pub(crate) fn secret(&self) -> &Rc<str> {
        &self.text
    }
}

fn has_no_token(response: &TokenResponse) -> bool {
    response.access_token.is_none() && response.token_type.is_none() && response.expires_in.is_none()
}

fn access_token(response: &TokenResponse) -> Option<(Rc<str>, Duration)> {
    if !response.token_type.as_ref()?.eq_ignore_ascii_case("Bearer") {
        return None;
    }
    let lifetime = u64::try_from(response.expires_in?).ok().filter(|&seconds| seconds > 0)?;
    let text = response.access_token.as_ref().filter(|text| is_jwt(text))?;
    Some((text.as_str().into(), Duration::from_secs(lifetime)))
}

/// Checks the shape alone: three parts of base64url. The client does not rely on the content.
pub(crate) fn is_jwt(text: &str) -> bool {
    let is_base64url = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    text.len() <= MAX_LENGTH && text.split('.').count() == 3 && text.split('.').all(is_base64url)
}
