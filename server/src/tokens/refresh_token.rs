//! Refresh tokens: long-lived JWTs that only this server reads, kept by the browser in an httpOnly cookie or, where the
//! policy says so, in the memory of one tab.
//!
//! Signing them (HMAC-SHA256 with a key that never leaves the server) keeps forgeries away from the database.

use doorward_verify::{TokenError, jws};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::{Deserialize, Serialize};

use crate::{
    clock::Moment,
    keys::master_secret::MasterSecret,
    model::credential::CredentialHash,
    model::session::{Session, SessionId},
    random,
};

const KIND: jws::Kind = jws::Kind { typ: "rt+jwt", algorithm: Algorithm::HS256, max_bytes: jws::MAX_BYTES };

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    sub: String,
    sid: String,
    jti: String,
    iat: i64,
    exp: i64,
}

/// A refresh token that is genuine.
#[derive(Debug)]
pub struct RefreshToken {
    /// The session it belongs to.
    pub session_id: SessionId,
    /// What the session's row must hold.
    pub hash: CredentialHash,
    /// Whether the session is past its end.
    pub is_expired: bool,
}

/// Issues refresh tokens and reads them again.
pub struct RefreshTokens {
    issuer: String,
    signs: EncodingKey,
    checks: DecodingKey,
}

impl RefreshTokens {
    /// Tokens of `issuer`, signed with a key derived from the master secret.
    pub fn new(issuer: String, secret: &MasterSecret) -> Self {
        let key = secret.derive("refresh tokens");
        Self { issuer, signs: EncodingKey::from_secret(key.as_ref()), checks: DecodingKey::from_secret(key.as_ref()) }
    }

    /// The one refresh token that `session` ever gets: it ends when the session ends.
    pub fn issue(&self, session: &Session) -> (String, CredentialHash) {
        let jti = hex::encode(random::bytes::<32>());
        let hash = CredentialHash::of(&jti);
        let claims = Claims {
            iss: self.issuer.clone(),
            sub: session.user_id.0.clone(),
            sid: session.id.0.clone(),
            jti,
            iat: session.created_at.seconds(),
            exp: session.expires_at.seconds(),
        };
        let header = Header { typ: Some(KIND.typ.into()), ..Header::new(KIND.algorithm) };
        let token = jsonwebtoken::encode(&header, &claims, &self.signs).expect("text and integers can be signed");
        (token, hash)
    }

    /// Reads a token that somebody presents, also one past its end. No database work for forgeries.
    pub fn read(&self, token: &str, now: Moment) -> Result<RefreshToken, TokenError> {
        let claims: Claims = jws::verify(token, KIND, |kid| kid.is_none().then_some(&self.checks))?;
        if claims.iss != self.issuer {
            return Err(TokenError::Invalid("wrong iss"));
        }
        // No word on the future: a clock that was set back must not log out whoever came just before (F3).
        if claims.iat <= 0 || claims.exp <= claims.iat {
            return Err(TokenError::Invalid("times out of range"));
        }
        Ok(RefreshToken {
            hash: CredentialHash::of(&claims.jti),
            session_id: SessionId(claims.sid),
            is_expired: claims.exp <= now.seconds(),
        })
    }
}
