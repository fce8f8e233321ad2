//! Access tokens for tests: good ones, and counterfeits of every kind.
#![allow(dead_code, reason = "each test binary uses a part of it")]

mod claims;
mod encodings;
mod headers;
mod signatures;

use std::sync::Arc;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use doorward_verify::{AccessTokenVerifier, Claims, Jwk, Jwks, KeySet, KeySetError, MAX_TOKEN_LIFETIME, TokenError};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

pub const ISSUER: &str = "https://login.example";
pub const AUDIENCE: &str = "https://shop.example";
pub const NOW: i64 = 1_767_225_600;

/// A signing key, and the claims of the good tokens that it signs.
pub struct Forge {
    pub kid: String,
    pub key: EncodingKey,
    pub public: Vec<u8>,
    pub x: String,
    pub keys: KeySet,
    pub issuer: String,
    pub audience: String,
    pub now: i64,
}

/// A token, and the result that every verifier must give for it.
pub struct Case {
    /// How it differs from an ordinary good token. A counterfeit begins with the rule that it breaks.
    pub what: String,
    pub token: String,
    pub is_good: bool,
}

impl Forge {
    /// A new key with the `kid` `one`, for the issuer, audience and time of the constants.
    pub fn new() -> Self {
        Self::named("one")
    }

    pub fn named(kid: &str) -> Self {
        let pair = Ed25519KeyPair::generate().expect("random bytes");
        let key = EncodingKey::from_ed_der(pair.to_pkcs8().expect("a key").as_ref());
        Self::of(key, Jwk::ed25519(kid.into(), URL_SAFE_NO_PAD.encode(pair.public_key())), (ISSUER, AUDIENCE), NOW)
    }

    /// An existing key, for tokens issued at `now`.
    pub fn of(key: EncodingKey, public: Jwk, (issuer, audience): (&str, &str), now: i64) -> Self {
        let (kid, x) = (public.kid.clone(), public.x.clone());
        let keys = KeySet::try_from(&Jwks { keys: vec![public] }).expect("a key set");
        let public = URL_SAFE_NO_PAD.decode(&x).expect("base64url");
        Self { kid, key, public, x, keys, issuer: issuer.into(), audience: audience.into(), now }
    }

    /// A key set of this key with a change.
    pub fn key_set(&self, change: impl FnOnce(&mut Jwk)) -> Result<KeySet, KeySetError> {
        let mut key = Jwk::ed25519(self.kid.clone(), self.x.clone());
        change(&mut key);
        KeySet::try_from(&Jwks { keys: vec![key] })
    }

    pub fn verify(&self, token: &str, now: i64) -> Result<Arc<Claims>, TokenError> {
        AccessTokenVerifier::new(&self.issuer, &self.audience).verify(token, &self.keys, now)
    }

    /// Good tokens, some of them unusual.
    pub fn good_tokens(&self) -> Vec<Case> {
        let longest = (1..4096).rev().map(|bytes| self.with_claim("name", json!("x".repeat(bytes))));
        let good = [
            ("a good token", self.good()),
            ("the maximum lifetime", self.with_claim("exp", json!(self.now + MAX_TOKEN_LIFETIME))),
            ("no roles", self.with_claim("roles", json!([]))),
            ("many roles", self.with_claim("roles", json!(["a", "", "a", "💚", "with space"]))),
            (
                "a name with all sorts of characters",
                self.with_claim("name", json!("Ada 🦊 \u{202e}\u{2028}\u{7f}\"\\/<>&\u{1}\n\t é")),
            ),
            ("an empty name", self.with_claim("name", json!(""))),
            ("an additional claim", self.with_claim("locale", json!({"language": "en", "since": 17}))),
            ("4096 bytes", longest.clone().find(|token| token.len() <= 4096).expect("one that fits")),
            ("an old auth_time", self.with_claim("auth_time", json!(1))),
            ("no acr, as before there were confirmations", self.without_claim("acr")),
            ("no amr, as before there were confirmations", self.without_claim("amr")),
            ("an acr of a later version", self.with_claim("acr", json!("gold"))),
            ("several means", self.with_claim("amr", json!(["pwd", "otp", "mfa"]))),
        ];
        good.map(|(what, token)| Case { what: what.into(), token, is_good: true }).into()
    }

    /// Tokens that every verifier must reject.
    pub fn counterfeits(&self) -> Vec<Case> {
        let counterfeits = [self.signatures(), self.headers(), self.claims_changed(), self.encodings()];
        counterfeits.into_iter().flatten().collect()
    }

    pub fn good(&self) -> String {
        self.sign_text(&self.header().to_string(), &self.claims().to_string())
    }

    /// The header of a good token.
    pub fn header(&self) -> Value {
        json!({"typ": "at+jwt", "alg": "EdDSA", "kid": self.kid})
    }

    /// The claims of a good token.
    pub fn claims(&self) -> Value {
        let now = self.now;
        json!({
            "iss": self.issuer, "aud": self.audience, "sub": "ada", "sid": "session", "jti": "token",
            "iat": now, "nbf": now, "exp": now + 300, "auth_time": now - 60, "name": "Ada", "roles": ["admin"],
            "acr": "1", "amr": ["pwd"],
        })
    }

    /// A correct signature over a header with this parameter.
    pub fn with_header(&self, name: &str, value: Value) -> String {
        self.sign_text(&changed(self.header(), name, value).to_string(), &self.claims().to_string())
    }

    /// A correct signature over claims with this claim.
    pub fn with_claim(&self, name: &str, value: Value) -> String {
        self.sign_text(&self.header().to_string(), &changed(self.claims(), name, value).to_string())
    }

    /// A correct signature over a header without this parameter.
    pub fn without_header(&self, name: &str) -> String {
        self.sign_text(&without(self.header(), name).to_string(), &self.claims().to_string())
    }

    /// A correct signature over claims without this claim.
    pub fn without_claim(&self, name: &str) -> String {
        self.sign_text(&self.header().to_string(), &without(self.claims(), name).to_string())
    }

    pub fn sign_text(&self, header: &str, claims: &str) -> String {
        self.sign_bytes(header.as_bytes(), claims.as_bytes())
    }

    pub fn sign_bytes(&self, header: &[u8], claims: &[u8]) -> String {
        sign(&message(header, claims), Algorithm::EdDSA, &self.key)
    }
}

/// Counterfeits that break one rule.
fn bad(rule: &str, tokens: impl IntoIterator<Item = (String, String)>) -> Vec<Case> {
    let bad = |(what, token)| Case { what: format!("{rule}: {what}"), token, is_good: false };
    tokens.into_iter().map(bad).collect()
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
    object.as_object_mut().expect("an object").remove(name).expect("a member with this name");
    object
}
