//! The public keys that verify signatures: a JWK Set (RFC 7517) of Ed25519 keys (RFC 8037).

use std::{collections::BTreeMap, error::Error, fmt, sync::Arc};

use jsonwebtoken::DecodingKey;
use serde::{Deserialize, Serialize};

/// No usable key has a longer `kid`.
pub(crate) const MAX_KID_BYTES: usize = 64;

/// A JWK Set, the document at `/.well-known/jwks.json` (RFC 7517, section 5).
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Jwks {
    /// The public keys, in no particular order.
    pub keys: Vec<Jwk>,
}

/// A public Ed25519 key as a JWK (RFC 8037, section 2).
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Jwk {
    /// Key type: `OKP`.
    pub kty: String,
    /// Curve: `Ed25519`.
    pub crv: String,
    /// The public key: 32 bytes in base64url without padding.
    pub x: String,
    /// Key ID, as in the header of the tokens that the key signs; at most 64 bytes.
    pub kid: String,
    /// Algorithm: `EdDSA`.
    pub alg: String,
    /// Public key use, `use` in JSON: `sig`.
    #[serde(rename = "use")]
    pub public_key_use: String,
}

impl Jwk {
    /// The JWK of an Ed25519 signature key; `x` is the public key in base64url.
    pub fn ed25519(kid: String, x: String) -> Self {
        Self { kty: "OKP".into(), crv: "Ed25519".into(), x, kid, alg: "EdDSA".into(), public_key_use: "sig".into() }
    }

    fn to_verifying_key(&self) -> Option<VerifyingKey> {
        let decoding = self.is_supported().then(|| DecodingKey::from_ed_components(&self.x).ok())??;
        Some(VerifyingKey { kid: self.kid.clone(), x: self.x.clone(), decoding })
    }

    fn is_supported(&self) -> bool {
        self.kty == "OKP"
            && self.crv == "Ed25519"
            && self.alg == "EdDSA"
            && self.public_key_use == "sig"
            && self.kid.len() <= MAX_KID_BYTES
    }
}

/// Why a JWK Set cannot be used.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeySetError {
    /// Not a JSON object with a list `keys`.
    Malformed,
    /// Two usable keys have this `kid`.
    DuplicateKid(String),
    /// No key is an Ed25519 signature key.
    NoUsableKey,
    /// The key with this `kid` is not an Ed25519 signature key, or its `kid` is longer than 64 bytes.
    UnusableKey(String),
}

impl fmt::Display for KeySetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("not a JWK Set"),
            Self::DuplicateKid(kid) => write!(f, "two keys have the kid {kid:?}"),
            Self::NoUsableKey => f.write_str("no Ed25519 signature key in the JWK Set"),
            Self::UnusableKey(kid) => write!(f, "the key {kid:?} is not an Ed25519 signature key"),
        }
    }
}

impl Error for KeySetError {}

/// A key that verifies signatures.
pub(crate) struct VerifyingKey {
    kid: String,
    /// The public key in base64url, to compare keys by.
    x: String,
    decoding: DecodingKey,
}

impl VerifyingKey {
    pub(crate) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }
}

/// Keys that verify signatures, by `kid`.
// A set has two or three keys; comparing their IDs is faster than hashing one.
#[derive(Clone, Default)]
pub struct KeySet(BTreeMap<String, Arc<VerifyingKey>>);

impl KeySet {
    /// Parses a JWK Set. Keys of other types, curves, algorithms or uses are skipped, as RFC 7517, section 5, requires.
    ///
    /// # Errors
    ///
    /// [`KeySetError`] for anything but a JWK Set, without a usable key, and if two usable keys have the same `kid`.
    pub fn from_json(json: &[u8]) -> Result<Self, KeySetError> {
        #[derive(Deserialize)]
        struct AnyJwks {
            keys: Vec<serde_json::Value>,
        }
        let AnyJwks { keys } = serde_json::from_slice(json).map_err(|_| KeySetError::Malformed)?;
        let jwks = keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        let mut usable = Self::default();
        for key in jwks.filter_map(|jwk| jwk.to_verifying_key()) {
            if let Some(other) = usable.0.insert(key.kid.clone(), Arc::new(key)) {
                return Err(KeySetError::DuplicateKid(other.kid.clone()));
            }
        }
        if usable.is_empty() { Err(KeySetError::NoUsableKey) } else { Ok(usable) }
    }

    /// The key with exactly this `kid`.
    pub fn get(&self, kid: &str) -> Option<&DecodingKey> {
        self.0.get(kid).map(|key| &key.decoding)
    }

    /// Like [`get`](Self::get), as the shared key that [`contains`](Self::contains) takes.
    pub(crate) fn verifying_key(&self, kid: &str) -> Option<&Arc<VerifyingKey>> {
        self.0.get(kid)
    }

    /// Whether the set has this key under the same `kid`. The set may have been fetched again since.
    pub(crate) fn contains(&self, key: &Arc<VerifyingKey>) -> bool {
        self.0.get(&key.kid).is_some_and(|held| Arc::ptr_eq(held, key) || held.x == key.x)
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the set has no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Converts a set of which every key must be usable. Of two keys with the same `kid`, the last one counts.
impl TryFrom<&Jwks> for KeySet {
    type Error = KeySetError;

    fn try_from(jwks: &Jwks) -> Result<Self, KeySetError> {
        let usable = |jwk: &Jwk| {
            let key = jwk.to_verifying_key().ok_or_else(|| KeySetError::UnusableKey(jwk.kid.clone()))?;
            Ok((jwk.kid.clone(), Arc::new(key)))
        };
        jwks.keys.iter().map(usable).collect::<Result<_, _>>().map(Self)
    }
}
