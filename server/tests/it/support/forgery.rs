//! Forged tokens, with any header, any claims and any key.

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

use super::{Browser, PUBLIC_URL, TestApp};

/// A key that is not the server's.
pub struct UnknownKey(pub EncodingKey);

impl UnknownKey {
    pub fn ed25519() -> Self {
        let pair = Ed25519KeyPair::generate().expect("random bytes");
        Self(EncodingKey::from_ed_der(pair.to_pkcs8().expect("a key").as_ref()))
    }
}

/// The parts of a token, to be changed and signed again.
#[derive(Clone)]
pub struct Forgery {
    pub header: Value,
    pub claims: Value,
}

impl Forgery {
    /// The parts of a genuine token.
    pub fn of(token: &str) -> Self {
        let part = |at: usize| {
            let part = token.split('.').nth(at).expect("three parts");
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
        };
        Self { header: part(0), claims: part(1) }
    }

    /// The parts of a well-formed refresh token of a session that does not exist.
    pub fn refresh_token_of_no_session(app: &TestApp) -> Self {
        let now = app.unix_time();
        Self {
            header: json!({"typ": "rt+jwt", "alg": "HS256"}),
            claims: json!({
                "iss": PUBLIC_URL, "sub": "1".repeat(32), "sid": "2".repeat(32), "jti": "3".repeat(64),
                "iat": now, "exp": now + 60,
            }),
        }
    }

    /// Sets a member of the header; `null` removes it.
    pub fn header(mut self, name: &str, value: Value) -> Self {
        set(&mut self.header, name, value);
        self
    }

    /// Sets a claim; `null` removes it.
    pub fn claim(mut self, name: &str, value: Value) -> Self {
        set(&mut self.claims, name, value);
        self
    }

    /// Signs with this algorithm and key, which the header may contradict.
    pub fn signed(&self, algorithm: Algorithm, key: &EncodingKey) -> String {
        let message = self.message();
        let signature = crypto::sign(message.as_bytes(), key, algorithm).expect("a signature");
        format!("{message}.{signature}")
    }

    /// Signs as the server signs access tokens, with its own key.
    pub fn signed_as_access_token(&self, app: &TestApp) -> String {
        let state = app.state();
        self.signed(Algorithm::EdDSA, &state.key_ring.current().signing(state.clock.now()).private_key)
    }

    /// Signs as the server signs refresh tokens, with its own key.
    pub fn signed_as_refresh_token(&self, app: &TestApp) -> String {
        let secret = app.state().config.secret.clone().expect("the tests set it");
        let key = secret.derive("refresh tokens");
        self.signed(Algorithm::HS256, &EncodingKey::from_secret(key.as_ref()))
    }

    /// The token with an empty signature.
    pub fn unsigned(&self) -> String {
        format!("{}.", self.message())
    }

    fn message(&self) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}", part(&self.header), part(&self.claims))
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    let members = object.as_object_mut().expect("an object");
    match value {
        Value::Null => drop(members.remove(name)),
        value => drop(members.insert(name.into(), value)),
    }
}

impl Browser {
    /// The parts of the access token.
    pub fn access_forgery(&self) -> Forgery {
        Forgery::of(self.access_token())
    }

    /// The parts of the refresh token.
    pub fn refresh_forgery(&self) -> Forgery {
        Forgery::of(&self.credential)
    }
}
