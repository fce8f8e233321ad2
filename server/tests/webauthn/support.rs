//! The lists as Rust values.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer};
use server::webauthn::{
    Assertion, CeremonyError, NewCredential, PublicKey, Registration, RelyingParty, Used, UserVerification,
};

/// The content of `forged.json`.
#[derive(Deserialize)]
pub struct Forgeries {
    origin: String,
    rp_id: String,
    pub challenge: String,
    pub keys: BTreeMap<String, StoredKey>,
    pub registrations: Vec<ForgedRegistration>,
    pub logins: Vec<ForgedLogin>,
}

/// A passkey as the server has it in its database.
#[derive(Deserialize)]
pub struct StoredKey {
    public_key: String,
}

/// An answer to the challenge of a registration.
#[derive(Clone, Deserialize)]
pub struct ForgedRegistration {
    pub name: String,
    /// The error that refuses it; none for a good one.
    pub refused: Option<String>,
    pub algorithm: String,
    #[serde(deserialize_with = "base64url")]
    pub id: Vec<u8>,
    #[serde(deserialize_with = "base64url")]
    pub client_data: Vec<u8>,
    #[serde(deserialize_with = "base64url")]
    pub attestation_object: Vec<u8>,
}

/// An answer to the challenge of a login.
#[derive(Clone, Deserialize)]
pub struct ForgedLogin {
    pub name: String,
    /// The error that refuses it; none for a good one.
    pub refused: Option<String>,
    pub algorithm: String,
    #[serde(deserialize_with = "base64url")]
    pub client_data: Vec<u8>,
    #[serde(deserialize_with = "base64url")]
    pub authenticator_data: Vec<u8>,
    #[serde(deserialize_with = "base64url")]
    pub signature: Vec<u8>,
}

fn base64url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    URL_SAFE_NO_PAD.decode(text).map_err(serde::de::Error::custom)
}

impl StoredKey {
    /// COSE, in hex.
    pub fn public_key(&self) -> &str {
        &self.public_key
    }
}

impl Forgeries {
    pub fn load() -> Self {
        serde_json::from_str(include_str!("forged.json")).expect("forge.mjs writes it")
    }

    pub fn site(&self) -> RelyingParty {
        RelyingParty { origin: self.origin.clone(), rp_id: self.rp_id.clone() }
    }

    pub fn register(&self, answer: &ForgedRegistration) -> Result<NewCredential, CeremonyError> {
        let registration = Registration {
            client_data: &answer.client_data,
            attestation_object: &answer.attestation_object,
            raw_id: &answer.id,
        };
        self.site().register(&registration, &self.challenge, UserVerification::Required)
    }

    pub fn log_in(&self, answer: &ForgedLogin) -> Result<Used, CeremonyError> {
        let key = PublicKey::from_cose_hex(self.keys[&answer.algorithm].public_key()).expect("a good key");
        self.verify(&key, answer)
    }

    /// Whether the good login of an algorithm is accepted with another key.
    pub fn accepts_with(&self, public_key: &str, algorithm: &str) -> bool {
        let logins = self.good_logins();
        let login = logins.iter().find(|login| login.algorithm == algorithm).expect("one for each algorithm");
        PublicKey::from_cose_hex(public_key).is_some_and(|key| self.verify(&key, login).is_ok())
    }

    fn verify(&self, key: &PublicKey, answer: &ForgedLogin) -> Result<Used, CeremonyError> {
        let assertion = Assertion {
            client_data: &answer.client_data,
            authenticator_data: &answer.authenticator_data,
            signature: &answer.signature,
        };
        self.site().verify(key, &assertion, &self.challenge, UserVerification::Required)
    }

    /// One for each algorithm.
    pub fn good_registrations(&self) -> Vec<&ForgedRegistration> {
        self.registrations.iter().filter(|one| one.name == format!("good, {}", one.algorithm)).collect()
    }

    /// One for each algorithm.
    pub fn good_logins(&self) -> Vec<&ForgedLogin> {
        self.logins.iter().filter(|one| one.name == format!("good, {}", one.algorithm)).collect()
    }
}
