//! Access tokens: short-lived JWTs that any service can verify. The browser keeps them only in memory.

use std::{sync::Arc, time::Duration};

use crate::{
    clock::Moment,
    keys::key_ring::KeyRing,
    model::{session::Session, user::SessionUser},
    random,
};
use doorward_verify::{AccessTokenVerifier, Claims, TokenError, jws::MAX_BYTES as MAX_TOKEN_BYTES};

/// Verified tokens in the cache: about 15 MB.
const CACHE_CAPACITY: usize = 10_000;

/// An access token to be sent to the browser. Has no `Debug`, so that it cannot be logged.
pub struct AccessToken {
    pub jwt: String,
    /// Lifetime in seconds.
    pub expires_in: i64,
}

/// No verifier would accept the token. Names, roles and settings are bounded where they are set, so this user's are older
/// than the bounds.
#[derive(Debug)]
pub struct TokenTooLong;

pub struct AccessTokens {
    issuer: String,
    audience: String,
    verifier: AccessTokenVerifier,
    keys: KeyRing,
}

impl AccessTokens {
    pub fn new(issuer: String, audience: String, keys: KeyRing) -> Self {
        let verifier = AccessTokenVerifier::new(issuer.clone(), audience.clone()).cache_capacity(CACHE_CAPACITY);
        Self { issuer, audience, verifier, keys }
    }

    /// Issues a token for `session`. It expires at the session's next timeout at the latest.
    pub fn issue(
        &self,
        user: &SessionUser,
        session: &Session,
        lifetime: Duration,
        now: Moment,
    ) -> Result<AccessToken, TokenTooLong> {
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
            // Verifiers reject a token whose `auth_time` is after its `iat`; the clock may have been set back since.
            auth_time: session.authentication.time.seconds().min(iat),
            name: user.name.clone(),
            roles: user.roles.clone(),
            acr: Some(session.authentication.acr),
            amr: session.authentication.amr.clone(),
        };
        let jwt = self.keys.current().sign("at+jwt", &claims, now);
        if jwt.len() > MAX_TOKEN_BYTES {
            return Err(TokenTooLong);
        }
        Ok(AccessToken { jwt, expires_in: exp - iat })
    }

    pub fn cache_hits(&self) -> u64 {
        self.verifier.cache_hits()
    }

    /// Verifies a token. The signature is verified once and cached, everything else is checked each time. Does not
    /// check for [revocation](crate::revocation::set).
    pub fn verify(&self, token: &str, now: Moment) -> Result<Arc<Claims>, TokenError> {
        self.verifier.verify(token, &self.keys.current().verifying, now.seconds())
    }
}
