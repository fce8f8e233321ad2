//! What proves a session's requests, and what brings the next proof: to a client, this is all that policies differ in.

use std::time::Duration;

use super::{
    SessionEnd,
    platform::{Clocks, Moment},
    request::{Refusal, Request, Response},
    token::{AccessToken, Age, RefreshToken, Token},
};
use doorward_api::{CredentialStorage, EndReason, PresentedRefreshToken, TokenResponse};

/// Says which session a request means, where a cookie proves it: the browser attaches whatever cookie it has.
const SESSION: &str = "Doorward-Session";

/// What a session gives its requests.
#[derive(Clone)]
pub(super) enum Pass {
    /// An access token, and what brings the next one; without that, its end is the end of the session.
    Bearer { token: Token, renewal: Option<Renewal> },
    /// The browser's session cookie.
    Cookie,
}

/// What a refresh presents.
#[derive(Clone)]
pub(super) enum Renewal {
    /// A cookie, which the browser attaches.
    Cookie,
    /// A refresh token.
    Token(RefreshToken),
}

/// What goes with one request.
#[derive(Clone, Eq, PartialEq)]
pub(super) enum Proof {
    /// An access token.
    Token(AccessToken),
    /// The browser's cookie, if it is of the session of this id.
    Cookie { of: String },
}

impl Pass {
    /// What a grant brings that was traded for `presented`, or that answers a login. `None` unless it carries exactly what
    /// the session's policy says. A refresh token comes once and is kept.
    pub(super) fn of(
        grant: &TokenResponse,
        presented: Option<&Renewal>,
        asked_at: Clocks,
        chance: f64,
    ) -> Option<Self> {
        let refresh_token = match (presented, &grant.refresh_token) {
            (None, Some(text)) => Some(RefreshToken::parse(text)?),
            (Some(Renewal::Token(kept)), None) => Some(kept.clone()),
            (None | Some(Renewal::Cookie), None) => None,
            (Some(_), Some(_)) => return None,
        };
        let renewal = match (grant.session.policy.credential_storage(), refresh_token) {
            (CredentialStorage::SessionCookie, None) => return has_no_token(grant).then_some(Self::Cookie),
            (CredentialStorage::RefreshCookie, None) => Some(Renewal::Cookie),
            (CredentialStorage::RefreshToken, Some(token)) => Some(Renewal::Token(token)),
            (CredentialStorage::AccessTokenOnly, None) => None,
            (
                CredentialStorage::SessionCookie
                | CredentialStorage::RefreshCookie
                | CredentialStorage::AccessTokenOnly,
                Some(_),
            )
            | (CredentialStorage::RefreshToken, None) => {
                return None;
            }
        };
        let (text, life) = access_token(grant)?;
        let token = match renewal {
            Some(_) => Token::new(text, asked_at, life, chance),
            None => Token::last(text, asked_at, life),
        };
        Some(Self::Bearer { token, renewal })
    }

    pub(super) fn token(&self) -> Option<&Token> {
        match self {
            Self::Bearer { token, .. } => Some(token),
            Self::Cookie => None,
        }
    }

    pub(super) fn token_mut(&mut self) -> Option<&mut Token> {
        match self {
            Self::Bearer { token, .. } => Some(token),
            Self::Cookie => None,
        }
    }

    /// What a refresh presents; `None` where there can be none.
    pub(super) fn renewal(&self) -> Option<&Renewal> {
        match self {
            Self::Bearer { renewal, .. } => renewal.as_ref(),
            Self::Cookie => Some(&Renewal::Cookie),
        }
    }

    /// How far its life has gone. A cookie is good until the server says otherwise.
    pub(super) fn age(&self, now: Clocks) -> Age {
        self.token().map_or(Age::Good, |token| token.age(now))
    }

    /// When a session ends that, as the server tells, ends at `told`.
    pub(super) fn end(&self, told: Moment) -> Moment {
        match self {
            Self::Bearer { token, renewal: None } => token.end(),
            // No token outlives its session, so the session lives at least that long.
            Self::Bearer { token, renewal: Some(_) } => told.max(token.end()),
            Self::Cookie => told,
        }
    }
}

fn has_no_token(grant: &TokenResponse) -> bool {
    grant.access_token.is_none() && grant.token_type.is_none() && grant.expires_in.is_none()
}

fn access_token(grant: &TokenResponse) -> Option<(AccessToken, Duration)> {
    if !grant.token_type.as_ref()?.eq_ignore_ascii_case("Bearer") {
        return None;
    }
    let life = u64::try_from(grant.expires_in?).ok().filter(|&seconds| seconds > 0)?;
    Some((AccessToken::parse(grant.access_token.as_ref()?)?, Duration::from_secs(life)))
}

impl Renewal {
    /// Adds to a refresh or a logout what proves the session. Whatever cookie the browser has is of another session than
    /// that of a refresh token.
    pub(super) fn present(&self, request: Request) -> Request {
        match self {
            Self::Cookie => request,
            Self::Token(token) => request
                .json(&PresentedRefreshToken { refresh_token: Some(token.secret().to_owned()) })
                .without_cookies(),
        }
    }
}

impl Proof {
    /// The header that goes with a request.
    pub(super) fn header(&self) -> (&'static str, String) {
        match self {
            Self::Token(token) => ("Authorization", format!("Bearer {}", token.secret())),
            Self::Cookie { of } => (SESSION, of.clone()),
        }
    }

    /// What an answer says against this proof, if it does.
    pub(super) fn refusal(&self, answer: &Response) -> Option<Refusal> {
        match (self, answer.refusal()?) {
            (Self::Token(_), Refusal::NoProof) | (Self::Cookie { .. }, Refusal::Token { .. }) => None,
            // Somebody has taken the cookie away.
            (Self::Cookie { .. }, Refusal::NoProof) => Some(Refusal::Ended(SessionEnd::new(EndReason::Unknown))),
            (_, refusal) => Some(refusal),
        }
    }
}
