//! A software authenticator: makes passkeys, and answers challenges with them as a browser passes that on.

use std::sync::Arc;

use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use server::random;

use super::PUBLIC_URL;

#[derive(Clone)]
pub enum Key {
    Ed25519(Arc<Ed25519KeyPair>),
    Es256(Arc<EcdsaKeyPair>),
}

/// An authenticator with one passkey. A clone is a copy of the passkey.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "facts that do not depend on each other")]
pub struct Authenticator {
    pub key: Key,
    pub credential_id: Vec<u8>,
    pub aaguid: [u8; 16],
    /// Set with the registration, as the authenticator stores it.
    pub user_handle: Option<String>,
    /// What the browser states.
    pub origin: String,
    /// Whether the user enters a PIN, or the like.
    pub verifies_user: bool,
    pub is_backup_eligible: bool,
    pub is_backed_up: bool,
    /// The counter of signatures, in the next answer.
    pub counter: u32,
    /// Whether it counts. Those of password managers do not.
    pub counts: bool,
}

impl Default for Authenticator {
    fn default() -> Self {
        let key = Ed25519KeyPair::generate().expect("a key");
        Self {
            key: Key::Ed25519(key.into()),
            credential_id: random::bytes::<16>().into(),
            aaguid: [0; 16],
            user_handle: None,
            origin: PUBLIC_URL.into(),
            verifies_user: true,
            is_backup_eligible: true,
            is_backed_up: true,
            counter: 0,
            counts: false,
        }
    }
}

impl Authenticator {
    /// A security key: no copies, a counter, and another algorithm.
    pub fn security_key() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        Self {
            key: Key::Es256(key.into()),
            is_backup_eligible: false,
            is_backed_up: false,
            counter: 1,
            counts: true,
            ..Self::default()
        }
    }

    /// The credential ID in base64url.
    pub fn id(&self) -> String {
        encode(&self.credential_id)
    }

    /// The passkey in the body of a registration, as an answer to the `publicKey` of a challenge.
    pub fn register(&mut self, options: &Value) -> Value {
        self.user_handle = options["user"]["id"].as_str().map(str::to_owned);
        let rp_id = options["rp"]["id"].as_str().expect("a host");
        let mut credential = self.aaguid.to_vec();
        let length = u16::try_from(self.credential_id.len()).expect("short");
        credential.extend(length.to_be_bytes());
        credential.extend(&self.credential_id);
        credential.extend(self.cose());
        let data = self.authenticator_data(rp_id, 0x40, &credential);

        // {"fmt": "none", "attStmt": {}, "authData": …}
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData".to_vec();
        // The shortest form alone is valid.
        if let Ok(length) = u8::try_from(data.len()) {
            object.extend([0x58, length]);
        } else {
            object.push(0x59);
            object.extend(u16::try_from(data.len()).expect("short").to_be_bytes());
        }
        object.extend(data);
        json!({
            "id": self.id(),
            "client_data": encode(&self.client_data("webauthn.create", options)),
            "attestation_object": encode(&object),
            "transports": ["internal", "hybrid"],
        })
    }

    /// The passkey in the body of a login, as an answer to the `publicKey` of a challenge.
    pub fn prove(&mut self, options: &Value) -> Value {
        let rp_id = options["rpId"].as_str().expect("a host");
        let (data, client_data) = (self.authenticator_data(rp_id, 0, &[]), self.client_data("webauthn.get", options));
        let mut message = data.clone();
        message.extend(digest::digest(&digest::SHA256, &client_data).as_ref());
        let mut proof = json!({
            "id": self.id(),
            "client_data": encode(&client_data),
            "authenticator_data": encode(&data),
            "signature": encode(&self.sign(&message)),
        });
        if let Some(handle) = &self.user_handle {
            proof["user_handle"] = json!(handle);
        }
        proof
    }

    fn authenticator_data(&mut self, rp_id: &str, flags: u8, credential: &[u8]) -> Vec<u8> {
        let flag = |is_set: bool, bit: u8| if is_set { bit } else { 0 };
        let flags = flags
            | 0x01
            | flag(self.verifies_user, 0x04)
            | flag(self.is_backup_eligible, 0x08)
            | flag(self.is_backed_up, 0x10);
        let mut data = digest::digest(&digest::SHA256, rp_id.as_bytes()).as_ref().to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data.extend(credential);
        self.counter += u32::from(self.counts);
        data
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": false,
        });
        serde_json::to_vec(&data).expect("JSON")
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.key {
            Key::Ed25519(key) => key.sign(message).as_ref().to_vec(),
            Key::Es256(key) => key.sign(&SystemRandom::new(), message).expect("a signature").as_ref().to_vec(),
        }
    }

    /// The public key (RFC 9053).
    fn cose(&self) -> Vec<u8> {
        match &self.key {
            Key::Ed25519(key) => {
                // {1: 1, 3: -8, -1: 6, -2: x}
                [b"\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20".as_slice(), key.public_key().as_ref()].concat()
            }
            Key::Es256(key) => {
                // {1: 2, 3: -7, -1: 1, -2: x, -3: y}, from an uncompressed point
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20".as_slice(), x, b"\x22\x58\x20", y].concat()
            }
        }
    }
}

pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
