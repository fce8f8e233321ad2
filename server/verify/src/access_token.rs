//! Access tokens: JWTs after RFC 9068, signed with Ed25519.

use std::sync::Arc;

use jsonwebtoken::Algorithm;
use serde::{Deserialize, Serialize};

use crate::{KeySet, Refused, jws, memory::Memory};

/// The longest life that an access token may have, in seconds.
pub const LONGEST_LIFE: i64 = 15 * 60;

const KIND: jws::Kind = jws::Kind { typ: "at+jwt", algorithm: Algorithm::EdDSA, max_bytes: jws::MAX_BYTES };

/// What an access token says. Times are seconds of the Unix epoch.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Claims {
    /// Who issued it: the `public_url` of the Doorward server.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// The user's id.
    pub sub: String,
    /// The session's id; revocation goes by it.
    pub sid: String,
    /// The token's own id.
    pub jti: String,
    /// When it was issued.
    pub iat: i64,
    /// Not to be accepted before.
    pub nbf: i64,
    /// Not to be accepted at or after.
    pub exp: i64,
    /// When the person last proved who they are.
    pub auth_time: i64,
    /// What the person is called.
    pub name: String,
    /// What the person may do.
    pub roles: Vec<String>,
}

impl Claims {
    /// Whether the person has exactly this role.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|held| held == role)
    }
}

/// The checks of one service: whose tokens it takes, and which are meant for it.
#[derive(Clone, Debug)]
pub struct AccessTokens {
    issuer: String,
    audience: String,
    leeway: i64,
    memory: Option<Arc<Memory>>,
}

impl AccessTokens {
    /// Accepts tokens of exactly this issuer for exactly this audience, without leeway and without a memory.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), audience: audience.into(), leeway: 0, memory: None }
    }

    /// Forgives clocks that differ by up to this many seconds, at most 5.
    #[must_use]
    pub fn leeway(mut self, seconds: i64) -> Self {
        self.leeway = seconds.clamp(0, 5);
        self
    }

    /// Remembers up to this many good tokens, about 1.2 KB each, so that the signature of each is checked once; 0
    /// switches it off. What can change is asked again each time: the time, and whether the key is still in the key set.
    /// Clones share the memory.
    #[must_use]
    pub fn remember(mut self, tokens: usize) -> Self {
        self.memory = (tokens > 0).then(|| Arc::new(Memory::new(tokens)));
        self
    }

    /// How many tokens are remembered.
    pub fn remembered(&self) -> usize {
        self.memory.as_ref().map_or(0, |memory| memory.len())
    }

    /// How often a token was found in memory.
    pub fn found(&self) -> u64 {
        self.memory.as_ref().map_or(0, |memory| memory.hits())
    }

    /// The claims of `token`, if it is good at `now` (seconds of the Unix epoch). Revocation is a question of its own.
    pub fn check(&self, token: &str, keys: &KeySet, now: i64) -> Result<Arc<Claims>, Refused> {
        self.check_or_miss(token, keys, now, |_| {})
    }

    /// The same, and tells of the `kid` of a well-formed header when the key set has no such key.
    pub(crate) fn check_or_miss(
        &self,
        token: &str,
        keys: &KeySet,
        now: i64,
        missed: impl FnOnce(&str),
    ) -> Result<Arc<Claims>, Refused> {
        if let Some(memory) = &self.memory
            && let Some(claims) = memory.claims(token, keys)
        {
            return match self.check_time(&claims, now) {
                Ok(()) => Ok(claims),
                Err(refused) => {
                    memory.forget(token);
                    Err(refused)
                }
            };
        }

        let mut found = None;
        let claims: Claims = jws::open(token, KIND, |kid| {
            let kid = kid?;
            let Some(key) = keys.shared(kid) else {
                missed(kid);
                return None;
            };
            found = Some(key);
            Some(key.decoding())
        })?;
        self.check_claims(&claims)?;
        self.check_time(&claims, now)?;

        let claims = Arc::new(claims);
        if let (Some(memory), Some(key)) = (&self.memory, found) {
            memory.remember(token, key, &claims);
        }
        Ok(claims)
    }

    /// What never changes about a token.
    fn check_claims(&self, claims: &Claims) -> Result<(), Refused> {
        if claims.iss != self.issuer {
            return Err(Refused::Invalid("iss"));
        }
        if claims.aud != self.audience {
            return Err(Refused::Invalid("aud"));
        }
        if claims.sub.is_empty() || claims.sid.is_empty() || claims.jti.is_empty() {
            return Err(Refused::Invalid("an empty sub, sid or jti"));
        }
        let in_order =
            0 < claims.auth_time && claims.auth_time <= claims.iat && claims.iat < claims.exp && 0 < claims.nbf;
        if !in_order || claims.exp - claims.iat > LONGEST_LIFE {
            return Err(Refused::Invalid("times out of range"));
        }
        Ok(())
    }

    fn check_time(&self, claims: &Claims, now: i64) -> Result<(), Refused> {
        if claims.iat > now + self.leeway || claims.nbf > now + self.leeway {
            return Err(Refused::Invalid("not valid yet"));
        }
        if claims.exp <= now - self.leeway {
            return Err(Refused::Expired);
        }
        Ok(())
    }
}
