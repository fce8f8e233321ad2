//! Verification of a signed token in JWS compact serialization (RFC 7515), by the rules of RFC 8725.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde::{Deserialize, de::DeserializeOwned};

use crate::token_error::TokenError;

/// The longest access or refresh token that is accepted, in bytes.
pub const MAX_BYTES: usize = 4096;

/// A kind of JWT. Each kind has validation rules that no token of another kind passes (RFC 8725, section 3.12).
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The exact `typ` of the header: explicit typing (RFC 8725, section 3.11).
    pub typ: &'static str,
    /// The only `alg` that is accepted (RFC 8725, section 3.1). The header of a token does not choose it.
    pub algorithm: Algorithm,
    /// The maximum length of the token in bytes; a longer one is rejected before anything is parsed.
    pub max_bytes: usize,
}

/// All header parameters that Doorward issues. Any other one is rejected: `crit`, `jku`, `jwk`, `x5u`, `x5c` and so on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: Algorithm,
    kid: Option<String>,
}

/// Verifies a token of this kind and deserializes its claims.
///
/// Checks length, structure, header and signature in this order; the claims are parsed only after that. `find_key`
/// gives the key for the exact `kid` of the header, which is `None` if the header has none.
///
/// # Errors
///
/// [`TokenError::Invalid`] with the first check that failed. Expiry is not checked here.
pub fn verify<'k, C: DeserializeOwned>(
    token: &str,
    kind: Kind,
    find_key: impl FnOnce(Option<&str>) -> Option<&'k DecodingKey>,
) -> Result<C, TokenError> {
    if token.len() > kind.max_bytes {
        return Err(TokenError::Invalid("too long"));
    }
    let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Invalid("not three parts"))?;
    let (header, claims) = message.split_once('.').ok_or(TokenError::Invalid("not three parts"))?;
    if claims.contains('.') {
        return Err(TokenError::Invalid("not three parts"));
    }

    let header: Header = decode_object(header).ok_or(TokenError::Invalid("malformed header"))?;
    if header.typ != kind.typ {
        return Err(TokenError::Invalid("wrong typ"));
    }
    if header.alg != kind.algorithm {
        return Err(TokenError::Invalid("wrong alg"));
    }
    let key = find_key(header.kid.as_deref()).ok_or(TokenError::Invalid("unknown kid"))?;

    match crypto::verify(signature, message.as_bytes(), key, kind.algorithm) {
        Ok(true) => decode_object(claims).ok_or(TokenError::Invalid("malformed claims")),
        _ => Err(TokenError::Invalid("wrong signature")),
    }
}

/// Decodes one part of a token as a JSON object. Rejects base64url with padding or in a non-canonical form, JSON
/// arrays, from which serde would fill a struct by position, and duplicate members (RFC 7519, section 4).
fn decode_object<T: DeserializeOwned>(part: &str) -> Option<T> {
    let json = URL_SAFE_NO_PAD.decode(part).ok()?;
    if json.first() != Some(&b'{') {
        return None;
    }
    serde_json::from_slice(&json).ok()
}
