//! Refresh tokens: long-lived JWTs for this server only. The policy decides whether the browser keeps them in an
//! httpOnly cookie or in the memory of a tab.
//!
//! They are signed (HMAC-SHA256), so that forged tokens are rejected without a database query.

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

/// A refresh token whose signature has been verified.
#[derive(Debug)]
pub struct RefreshToken {
    pub session_id: SessionId,
    /// Must equal the hash in the session's row.
    pub hash: CredentialHash,
    pub is_expired: bool,
}

pub struct RefreshTokens {
    issuer: String,
    encoding_key: EncodingKey,
    decoding_key: DecodingKey,
}

impl RefreshTokens {
    /// The signing key is derived from the master secret.
    pub fn new(issuer: String, secret: &MasterSecret) -> Self {
        let key = secret.derive("refresh tokens");
        Self {
            issuer,
            encoding_key: EncodingKey::from_secret(key.as_ref()),
            decoding_key: DecodingKey::from_secret(key.as_ref()),
        }
    }

    /// The only refresh token of `session`. It is not rotated and expires with the session.
    pub fn issue(&self, session: &Session) -> (String, CredentialHash) {
        let jti = hex::encode(random::bytes::<32>());
        let hash = CredentialHash::from_secret(&jti);
        let claims = Claims {
            iss: self.issuer.clone(),
            sub: session.user_id.0.clone(),
            sid: session.id.0.clone(),
            jti,
            iat: session.created_at.seconds(),
            exp: session.expires_at.seconds(),
        };
        let header = Header { typ: Some(KIND.typ.into()), ..Header::new(KIND.algorithm) };
        let token =
            jsonwebtoken::encode(&header, &claims, &self.encoding_key).expect("text and integers can be serialized");
        (token, hash)
    }

    /// Verifies a token. Accepts expired ones, so that the response can give the reason.
    pub fn verify(&self, token: &str, now: Moment) -> Result<RefreshToken, TokenError> {
        let claims: Claims = jws::verify(token, KIND, |kid| kid.is_none().then_some(&self.decoding_key))?;
        if claims.iss != self.issuer {
            return Err(TokenError::Invalid("wrong iss"));
        }
        // An `iat` in the future is accepted: setting the clock back must not log out users who logged in shortly
        // before.
        if claims.iat <= 0 || claims.exp <= claims.iat {
            return Err(TokenError::Invalid("times out of range"));
        }
        Ok(RefreshToken {
            hash: CredentialHash::from_secret(&claims.jti),
            session_id: SessionId(claims.sid),
            is_expired: claims.exp <= now.seconds(),
        })
    }
}
