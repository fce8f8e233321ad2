//! The key ring: the Ed25519 keys that sign access tokens, each with the moments of its life.
//!
//! Private keys are in the database, encrypted with the master secret; the public ones are for everybody.

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::{
    digest,
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use doorward_verify::{Jwk, Jwks, KeySet};
use jsonwebtoken::EncodingKey;

use crate::{clock::Moment, secret::MasterSecret};

/// A key as the database holds it.
#[derive(Clone, Debug)]
pub struct StoredKey {
    /// Counts up; the newest key that may sign does.
    pub generation: i64,
    /// Names the key in token headers: the thumbprint of its public half (RFC 7638).
    pub kid: String,
    /// The public half, base64url.
    pub public_key: String,
    /// The private half (PKCS#8), encrypted.
    pub private_key: String,
    /// Since when it is in the key set.
    pub published_at: Moment,
    /// From when it signs.
    pub signs_from: Moment,
}

impl StoredKey {
    /// A new key that is published and signs from `now`.
    pub fn generate(generation: i64, secret: &MasterSecret, now: Moment) -> Self {
        let pair = Ed25519KeyPair::generate().expect("the operating system gives random bytes");
        let public_key = URL_SAFE_NO_PAD.encode(pair.public_key());
        let kid = thumbprint(&public_key);
        let pkcs8 = pair.to_pkcs8().expect("a fresh key can be written");
        let private_key = secret.seal(&kid, pkcs8.as_ref());
        Self { generation, kid, public_key, private_key, published_at: now, signs_from: now }
    }
}

/// The SHA-256 thumbprint of an Ed25519 key: its required members in lexical order (RFC 7638, RFC 8037).
fn thumbprint(x: &str) -> String {
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()))
}

/// The key that signs now.
pub struct SigningKey {
    /// Names the key in token headers.
    pub kid: String,
    /// The private half.
    pub key: EncodingKey,
}

/// All keys in use at one time: one signs, all check.
pub struct Keys {
    /// The key that signs.
    pub signing: SigningKey,
    /// The keys that check.
    pub checking: KeySet,
    /// The public halves, as published.
    pub public: Jwks,
}

impl Keys {
    /// Opens the keys that the database holds.
    pub fn open(stored: &[StoredKey], secret: &MasterSecret, now: Moment) -> Result<Self, String> {
        let newest = stored.iter().filter(|key| key.signs_from <= now).max_by_key(|key| key.generation);
        let newest = newest.ok_or("the database holds no signing key")?;
        let private = secret.open(&newest.kid, &newest.private_key).ok_or(
            "secret: is not the one that the signing keys in the database were encrypted with; \
             put back the old one (setting `secret`, or the file `secret` in `data_dir`)",
        )?;

        let public =
            Jwks { keys: stored.iter().map(|key| Jwk::ed25519(key.kid.clone(), key.public_key.clone())).collect() };
        let checking = KeySet::try_from(&public).map_err(|error| error.to_string())?;
        let signing = SigningKey { kid: newest.kid.clone(), key: EncodingKey::from_ed_der(&private) };
        Ok(Self { signing, checking, public })
    }
}

/// The keys of this node, replaceable while requests are served.
#[derive(Clone)]
pub struct KeyRing(Arc<RwLock<Arc<Keys>>>);

impl KeyRing {
    /// A ring that starts with `keys`.
    pub fn new(keys: Keys) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(keys))))
    }

    /// The keys at this moment. Nobody waits for them: the lock is held only to copy or replace a pointer.
    pub fn current(&self) -> Arc<Keys> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
