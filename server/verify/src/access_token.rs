//! Verification of access tokens: JWTs of the RFC 9068 profile, signed with Ed25519.

use std::sync::Arc;

use jsonwebtoken::Algorithm;

use crate::{
    claims::{Claims, MAX_TOKEN_LIFETIME},
    jws,
    key_set::KeySet,
    token_cache::TokenCache,
    token_error::TokenError,
};

const KIND: jws::Kind = jws::Kind { typ: "at+jwt", algorithm: Algorithm::EdDSA, max_bytes: jws::MAX_BYTES };

/// Verifies the access tokens that one issuer issues for one audience (RFC 9068, section 4).
///
/// Revocation is not part of it: [`service::Doorward`](crate::service::Doorward) adds that, or the code that calls
/// this.
#[derive(Clone, Debug)]
pub struct AccessTokenVerifier {
    issuer: String,
    audience: String,
    leeway: i64,
    cache: Option<Arc<TokenCache>>,
}

impl AccessTokenVerifier {
    /// Accepts tokens whose `iss` and `aud` are exactly these strings. Without leeway and without a cache.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), audience: audience.into(), leeway: 0, cache: None }
    }

    /// The clock skew to tolerate in `iat`, `nbf` and `exp`, in seconds. Clamped to the range from 0 to 5.
    #[must_use]
    pub fn leeway(mut self, seconds: i64) -> Self {
        self.leeway = seconds.clamp(0, 5);
        self
    }

    #[cfg(feature = "service")]
    pub(crate) fn leeway_seconds(&self) -> i64 {
        self.leeway
    }

    /// Caches up to this many verified tokens, about 1.2 KB each, so that a signature is verified once and not for each
    /// request; 0 disables the cache. Expiry, and whether the key is still in the key set, are checked every time.
    /// Clones share the cache.
    #[must_use]
    pub fn cache_capacity(mut self, tokens: usize) -> Self {
        self.cache = (tokens > 0).then(|| Arc::new(TokenCache::new(tokens)));
        self
    }

    /// The number of tokens in the cache.
    pub fn cached_tokens(&self) -> usize {
        self.cache.as_ref().map_or(0, |cache| cache.len())
    }

    /// How many verifications have found their token in the cache.
    pub fn cache_hits(&self) -> u64 {
        self.cache.as_ref().map_or(0, |cache| cache.hits())
    }

    /// Verifies the signature with one of `keys` and the claims at `now`, in seconds since the Unix epoch.
    ///
    /// # Errors
    ///
    /// [`TokenError::Expired`] for a good token past its `exp`, [`TokenError::Invalid`] for everything else.
    pub fn verify(&self, token: &str, keys: &KeySet, now: i64) -> Result<Arc<Claims>, TokenError> {
        self.verify_or_report_kid(token, keys, now, |_| {})
    }

    /// Like [`verify`](Self::verify); passes the `kid` of a well-formed header to `on_unknown_kid` if no key has it.
    pub(crate) fn verify_or_report_kid(
        &self,
        token: &str,
        keys: &KeySet,
        now: i64,
        on_unknown_kid: impl FnOnce(&str),
    ) -> Result<Arc<Claims>, TokenError> {
        if let Some(cache) = &self.cache
            && let Some(claims) = cache.get(token, keys)
        {
            return match self.check_times(&claims, now) {
                Ok(()) => Ok(claims),
                Err(error) => {
                    cache.remove(token);
                    Err(error)
                }
            };
        }

        let mut signed_with = None;
        let claims: Claims = jws::verify(token, KIND, |kid| {
            let kid = kid?;
            let Some(key) = keys.verifying_key(kid) else {
                on_unknown_kid(kid);
                return None;
            };
            signed_with = Some(key);
            Some(key.decoding())
        })?;
        self.check_fixed_claims(&claims)?;
        self.check_times(&claims, now)?;

        let claims = Arc::new(claims);
        if let (Some(cache), Some(key)) = (&self.cache, signed_with) {
            cache.insert(token, key, &claims);
        }
        Ok(claims)
    }

    /// Checks what does not depend on the time; a cached token has passed it.
    fn check_fixed_claims(&self, claims: &Claims) -> Result<(), TokenError> {
        if claims.iss != self.issuer {
            return Err(TokenError::Invalid("wrong iss"));
        }
        if claims.aud != self.audience {
            return Err(TokenError::Invalid("wrong aud"));
        }
        if claims.sub.is_empty() || claims.sid.is_empty() || claims.jti.is_empty() {
            return Err(TokenError::Invalid("empty sub, sid or jti"));
        }
        let in_order =
            0 < claims.auth_time && claims.auth_time <= claims.iat && claims.iat < claims.exp && 0 < claims.nbf;
        if !in_order || claims.exp - claims.iat > MAX_TOKEN_LIFETIME {
            return Err(TokenError::Invalid("times out of range"));
        }
        Ok(())
    }

    fn check_times(&self, claims: &Claims, now: i64) -> Result<(), TokenError> {
        if claims.iat > now + self.leeway || claims.nbf > now + self.leeway {
            return Err(TokenError::Invalid("not yet valid"));
        }
        if claims.exp <= now - self.leeway {
            return Err(TokenError::Expired);
        }
        Ok(())
    }
}
