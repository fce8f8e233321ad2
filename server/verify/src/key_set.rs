//! The public keys that access tokens are checked with (JWK Set, RFC 7517; Ed25519 as in RFC 8037).

use std::{collections::BTreeMap, sync::Arc};

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

    /// Name and key, ready for use, if it is one of the kind that Doorward publishes.
    fn checking(&self) -> Option<(String, Arc<CheckingKey>)> {
        let decoding = self.is_ours().then(|| DecodingKey::from_ed_components(&self.x).ok())??;
        let key = CheckingKey { kid: self.kid.clone(), x: self.x.clone(), decoding };
        Some((self.kid.clone(), Arc::new(key)))
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

/// A key that signatures are checked with.
pub(crate) struct CheckingKey {
    kid: String,
    /// The public key in base64url: two keys with the same one are the same key.
    x: String,
    decoding: DecodingKey,
}

/// Keys by `kid`, ready for use.
// There are two or three: to compare their names is faster than to hash one.
#[derive(Clone, Default)]
pub struct KeySet(BTreeMap<String, Arc<CheckingKey>>);

impl KeySet {
    /// The key with exactly this name.
    pub fn get(&self, kid: &str) -> Option<&DecodingKey> {
        self.0.get(kid).map(|key| &key.decoding)
    }

    /// The same, to be kept and looked for later.
    pub(crate) fn shared(&self, kid: &str) -> Option<&Arc<CheckingKey>> {
        self.0.get(kid)
    }

    /// Whether this key is still one of ours, under the same name, though perhaps from another answer of the server.
    pub(crate) fn holds(&self, key: &Arc<CheckingKey>) -> bool {
        self.0.get(&key.kid).is_some_and(|held| Arc::ptr_eq(held, key) || held.x == key.x)
    }

    /// Reads the answer of `/.well-known/jwks.json`. A key of a kind that is not used for access tokens is left out, as
    /// RFC 7517 asks for; a set without any key that can be used, or with one name twice, is refused as a whole.
    pub fn from_json(json: &[u8]) -> Result<Self, &'static str> {
        #[derive(Deserialize)]
        struct Any {
            keys: Vec<serde_json::Value>,
        }
        let Any { keys } = serde_json::from_slice(json).map_err(|_| "not a key set")?;
        let keys: Vec<Jwk> = keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
        let mut usable = Self::default();
        for key in keys.iter().filter_map(Jwk::checking) {
            if usable.0.insert(key.0, key.1).is_some() {
                return Err("two keys have one name");
            }
        }
        if usable.is_empty() { Err("no key that can be used") } else { Ok(usable) }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl CheckingKey {
    pub(crate) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }
}

impl TryFrom<&Jwks> for KeySet {
    type Error = UnusableKey;

    fn try_from(jwks: &Jwks) -> Result<Self, UnusableKey> {
        let usable = |jwk: &Jwk| jwk.checking().ok_or_else(|| UnusableKey(jwk.kid.clone()));
        jwks.keys.iter().map(usable).collect::<Result<_, _>>().map(Self)
    }
}
