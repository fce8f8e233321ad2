//! A forge for tokens: a key, a good token, and every way to change it.
#![allow(dead_code, reason = "each of the test binaries uses a part of it")]

use std::sync::Arc;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use doorward_verify::{AccessTokens, Claims, Jwk, Jwks, KeySet, Refused, UnusableKey};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

pub const ISSUER: &str = "https://login.example";
pub const AUDIENCE: &str = "https://shop.example";
pub const NOW: i64 = 1_767_225_600;

/// A key and what it is called: `one`, unless said otherwise.
pub struct Forge {
    pub kid: String,
    pub key: EncodingKey,
    pub public: Vec<u8>,
    pub x: String,
    pub keys: KeySet,
}

/// The header of a good token.
pub fn good_header() -> Value {
    json!({"typ": "at+jwt", "alg": "EdDSA", "kid": "one"})
}

/// The claims of a good token.
pub fn good_claims() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "sid": "session", "jti": "token",
        "iat": NOW, "nbf": NOW, "exp": NOW + 300, "auth_time": NOW - 60, "name": "Ada", "roles": ["admin"],
    })
}

/// Header and claims, not signed.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    message(header.to_string().as_bytes(), claims.to_string().as_bytes())
}

/// The good claims under another signature; the header names its algorithm.
pub fn signed_otherwise(algorithm: Algorithm, key: &EncodingKey) -> String {
    let header = changed(good_header(), "alg", json!(algorithm));
    sign(&unsigned(&header, &good_claims()), algorithm, key)
}

impl Forge {
    pub fn new() -> Self {
        Self::named("one")
    }

    pub fn named(kid: &str) -> Self {
        let pair = Ed25519KeyPair::generate().expect("random bytes");
        let public = pair.public_key().as_ref().to_vec();
        let x = URL_SAFE_NO_PAD.encode(&public);
        let jwks = Jwks { keys: vec![Jwk::ed25519(kid.into(), x.clone())] };
        let keys = KeySet::try_from(&jwks).expect("a key set");
        let kid = kid.to_owned();
        Self { kid, key: EncodingKey::from_ed_der(pair.to_pkcs8().expect("a key").as_ref()), public, x, keys }
    }

    /// A key set with one changed key.
    pub fn key_set(&self, change: impl FnOnce(&mut Jwk)) -> Result<KeySet, UnusableKey> {
        let mut key = Jwk::ed25519("one".into(), self.x.clone());
        change(&mut key);
        KeySet::try_from(&Jwks { keys: vec![key] })
    }

    pub fn check(&self, token: &str, now: i64) -> Result<Arc<Claims>, Refused> {
        AccessTokens::new(ISSUER, AUDIENCE).check(token, &self.keys, now)
    }

    pub fn good(&self) -> String {
        self.sign_text(&good_header().to_string(), &good_claims().to_string())
    }

    /// The signed message and its signature.
    pub fn parts(&self) -> (String, String) {
        let good = self.good();
        let (message, signature) = good.rsplit_once('.').expect("three parts");
        (message.into(), signature.into())
    }

    /// Well signed, with another member in the header.
    pub fn with_header(&self, name: &str, value: Value) -> String {
        self.sign_text(&changed(good_header(), name, value).to_string(), &good_claims().to_string())
    }

    /// Well signed, with another claim.
    pub fn with_claim(&self, name: &str, value: Value) -> String {
        self.sign_text(&good_header().to_string(), &changed(good_claims(), name, value).to_string())
    }

    /// Well signed, with a member of the header taken away.
    pub fn without_header(&self, name: &str) -> String {
        self.sign_text(&without(good_header(), name).to_string(), &good_claims().to_string())
    }

    /// Well signed, with a claim taken away.
    pub fn without_claim(&self, name: &str) -> String {
        self.sign_text(&good_header().to_string(), &without(good_claims(), name).to_string())
    }

    pub fn sign_text(&self, header: &str, claims: &str) -> String {
        self.sign_bytes(header.as_bytes(), claims.as_bytes())
    }

    pub fn sign_bytes(&self, header: &[u8], claims: &[u8]) -> String {
        sign(&message(header, claims), Algorithm::EdDSA, &self.key)
    }
}

fn message(header: &[u8], claims: &[u8]) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

fn sign(message: &str, algorithm: Algorithm, key: &EncodingKey) -> String {
    let signature = crypto::sign(message.as_bytes(), key, algorithm).expect("a signature");
    format!("{message}.{signature}")
}

fn changed(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().expect("an object").remove(name).expect("a member to take away");
    object
}
