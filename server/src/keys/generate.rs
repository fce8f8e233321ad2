//! Generates signing keys.

use aws_lc_rs::{
    digest,
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::master_secret::MasterSecret;
use crate::{clock::Moment, model::signing_key::StoredKey};

pub fn generate_key(generation: i64, secret: &MasterSecret, published_at: Moment, signs_from: Moment) -> StoredKey {
    let pair = Ed25519KeyPair::generate().expect("the operating system provides random bytes");
    let public_key = URL_SAFE_NO_PAD.encode(pair.public_key());
    let kid = thumbprint(&public_key);
    let pkcs8 = pair.to_pkcs8().expect("a new key can be encoded");
    let private_key = secret.seal(&kid, pkcs8.as_ref());
    StoredKey { generation, kid, public_key, private_key, published_at, signs_from, retired_at: None }
}

/// The JWK thumbprint of an Ed25519 key: SHA-256 of the required members in lexical order (RFC 7638, RFC 8037).
fn thumbprint(x: &str) -> String {
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()))
}
