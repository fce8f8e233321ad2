//! Opening a signed token (JWS compact serialization, RFC 7515) before anything in it is believed.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde::{Deserialize, de::DeserializeOwned};

use crate::Refused;

/// A longer access or refresh token is refused unread, in bytes.
pub const MAX_BYTES: usize = 4096;

/// What kind of token is expected. There is no choice of algorithm: it belongs to the kind.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The exact `typ` of the header.
    pub typ: &'static str,
    /// The one algorithm, as `alg` names it.
    pub algorithm: Algorithm,
    /// A longer one is refused unread.
    pub max_bytes: usize,
}

/// The whole header that we issue. `crit`, `jku`, `x5u`, `jwk`, `x5c` and everything else unknown is refused with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: Algorithm,
    kid: Option<String>,
}

/// Checks size, shape, header and signature in this order, and only then reads the claims.
/// `key` finds the key for a `kid`, exactly as given; `None` stands for a header without one.
pub fn open<'k, C: DeserializeOwned>(
    token: &str,
    kind: Kind,
    key: impl FnOnce(Option<&str>) -> Option<&'k DecodingKey>,
) -> Result<C, Refused> {
    if token.len() > kind.max_bytes {
        return Err(Refused::Invalid("too long"));
    }
    let (message, signature) = token.rsplit_once('.').ok_or(Refused::Invalid("not three parts"))?;
    let (header, claims) = message.split_once('.').ok_or(Refused::Invalid("not three parts"))?;
    if claims.contains('.') {
        return Err(Refused::Invalid("not three parts"));
    }

    let header: Header = object(header).ok_or(Refused::Invalid("header"))?;
    if header.typ != kind.typ {
        return Err(Refused::Invalid("typ"));
    }
    if header.alg != kind.algorithm {
        return Err(Refused::Invalid("alg"));
    }
    let key = key(header.kid.as_deref()).ok_or(Refused::Invalid("kid"))?;

    match crypto::verify(signature, message.as_bytes(), key, kind.algorithm) {
        Ok(true) => object(claims).ok_or(Refused::Invalid("claims")),
        _ => Err(Refused::Invalid("signature")),
    }
}

/// Reads one part as a JSON object. Only canonical base64url without padding passes; a JSON array, from which serde
/// would fill a struct by position, does not; a member that appears twice does not (RFC 7519, section 4).
fn object<T: DeserializeOwned>(part: &str) -> Option<T> {
    let json = URL_SAFE_NO_PAD.decode(part).ok()?;
    if json.first() != Some(&b'{') {
        return None;
    }
    serde_json::from_slice(&json).ok()
}
