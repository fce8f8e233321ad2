//! Access tokens: short-lived, signed for everybody to check, held by the browser in memory only.

use std::{sync::Arc, time::Duration};

use crate::{
    clock::Moment,
    keys::key_ring::KeyRing,
    model::{session::Session, user::User},
    random,
};
use doorward_verify::{AccessTokenVerifier, Claims, TokenError};

/// How many checked tokens are remembered: 15 MB at most times.
const CACHE_CAPACITY: usize = 10_000;

/// An access token on its way to the browser. Cannot be printed.
pub struct AccessToken {
    /// The JWT.
    pub jwt: String,
    /// Its life from now, in seconds.
    pub expires_in: i64,
}

/// Issues access tokens and checks them.
pub struct AccessTokens {
    issuer: String,
    audience: String,
    verifier: AccessTokenVerifier,
    keys: KeyRing,
}

impl AccessTokens {
    /// Tokens of `issuer` for `audience`.
    pub fn new(issuer: String, audience: String, keys: KeyRing) -> Self {
        let verifier = AccessTokenVerifier::new(issuer.clone(), audience.clone()).cache_capacity(CACHE_CAPACITY);
        Self { issuer, audience, verifier, keys }
    }

    /// A token for `session`, which is used now: never good for longer than the session is without another use (R61).
    pub fn issue(&self, user: &User, session: &Session, lifetime: Duration, now: Moment) -> AccessToken {
        let iat = now.seconds();
        let exp = now.plus(lifetime).min(session.expires_or_idles_at()).seconds();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: user.id.0.clone(),
            sid: session.id.0.clone(),
            jti: random::id(),
            iat,
            nbf: iat,
            exp,
            // A clock that has been set back since the login makes no token that everybody refuses (F3).
            auth_time: session.created_at.seconds().min(iat),
            name: user.name.clone(),
            roles: user.roles.clone(),
        };
        let jwt = self.keys.current().sign("at+jwt", &claims, now);
        AccessToken { jwt, expires_in: exp - iat }
    }

    /// How often the signature of a token was found to have been checked before.
    pub fn found(&self) -> u64 {
        self.verifier.cache_hits()
    }

    /// The claims of a token that is good now: its signature is checked once, everything else each time. Whether its session
    /// has ended is a question for [`crate::revocation::set`].
    pub fn check(&self, token: &str, now: Moment) -> Result<Claims, TokenError> {
        self.verifier.verify(token, &self.keys.current().checking, now.seconds()).map(Arc::unwrap_or_clone)
    }
}
