//! The public keys that access tokens are checked with (JWK Set, RFC 7517; Ed25519 as in RFC 8037).

use std::collections::HashMap;

use jsonwebtoken::DecodingKey;
use serde::{Deserialize, Serialize};

/// A JWK Set as it stands at `/.well-known/jwks.json`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Jwks {
    /// The public keys, in no particular order.
    pub keys: Vec<Jwk>,
}

/// One public Ed25519 key.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Jwk {
    /// Always `OKP`.
    pub kty: String,
    /// Always `Ed25519`.
    pub crv: String,
    /// The public key, 32 bytes in base64url.
    pub x: String,
    /// The name of the key in token headers, at most 64 bytes.
    pub kid: String,
    /// Always `EdDSA`.
    pub alg: String,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub purpose: String,
}

impl Jwk {
    /// Describes the Ed25519 key `x` (base64url) under the name `kid`.
    pub fn ed25519(kid: String, x: String) -> Self {
        Self { kty: "OKP".into(), crv: "Ed25519".into(), x, kid, alg: "EdDSA".into(), purpose: "sig".into() }
    }

    fn is_ours(&self) -> bool {
        self.kty == "OKP"
            && self.crv == "Ed25519"
            && self.alg == "EdDSA"
            && self.purpose == "sig"
            && self.kid.len() <= 64
    }
}

/// A key that is not an Ed25519 signature key of the form that Doorward publishes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnusableKey(
    /// The `kid` of the key.
    pub String,
);

impl std::fmt::Display for UnusableKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the key {:?} is not an Ed25519 signature key", self.0)
    }
}

impl std::error::Error for UnusableKey {}

/// Keys by `kid`, ready for use.
#[derive(Clone, Default)]
pub struct KeySet(HashMap<String, DecodingKey>);

impl KeySet {
    /// The key with exactly this name.
    pub fn get(&self, kid: &str) -> Option<&DecodingKey> {
        self.0.get(kid)
    }
}

impl TryFrom<&Jwks> for KeySet {
    type Error = UnusableKey;

    fn try_from(jwks: &Jwks) -> Result<Self, UnusableKey> {
        let usable = |jwk: &Jwk| {
            let key = jwk.is_ours().then(|| DecodingKey::from_ed_components(&jwk.x).ok()).flatten();
            key.map(|key| (jwk.kid.clone(), key)).ok_or_else(|| UnusableKey(jwk.kid.clone()))
        };
        jwks.keys.iter().map(usable).collect::<Result<_, _>>().map(Self)
    }
}
