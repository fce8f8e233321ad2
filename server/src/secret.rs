//! The master secret: every secret key of the server is derived from it or encrypted with it.

use std::{fs::OpenOptions, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hkdf,
};
use zeroize::Zeroizing;

use crate::random;

/// Shorter secrets are refused, in bytes.
const SHORTEST: usize = 32;

/// The master secret. Cannot be printed.
pub struct MasterSecret(Zeroizing<Vec<u8>>);

impl MasterSecret {
    /// Takes the secret from the settings.
    pub fn from_setting(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() < SHORTEST {
            return Err(format!("needs at least {SHORTEST} random characters; `openssl rand -hex 32` makes some"));
        }
        Ok(Self(Zeroizing::new(text.as_bytes().to_vec())))
    }

    /// Reads the secret from `path`; at the first start makes one there that only this user can read.
    pub fn load_or_create(path: &Path) -> Result<Self, String> {
        let fail = |error: std::io::Error| format!("{}: {error}", path.display());
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Ok(mut file) => {
                let text = Zeroizing::new(hex::encode(random::bytes::<32>()));
                file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(fail)?;
                Self::from_setting(&text)
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                let text = Zeroizing::new(std::fs::read_to_string(path).map_err(fail)?);
                Self::from_setting(&text).map_err(|error| format!("{}: {error}", path.display()))
            }
            Err(error) => Err(fail(error)),
        }
    }

    /// A key for one purpose, independent of the keys for all other purposes (HKDF-SHA256, RFC 5869).
    pub fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, b"doorward").extract(&self.0);
        let mut key = Zeroizing::new([0; 32]);
        secret
            .expand(&[purpose.as_bytes()], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(key.as_mut()))
            .expect("32 bytes are what HKDF-SHA256 gives");
        key
    }

    /// Encrypts `plain` for keeping in the database (AES-256-GCM). It opens only under the same `label`.
    pub fn seal(&self, label: &str, plain: &[u8]) -> String {
        let mut text = plain.to_vec();
        let nonce = self
            .storage_key()
            .seal_in_place_append_tag(Aad::from(label), &mut text)
            .expect("a few bytes can always be encrypted");
        hex::encode([nonce.as_ref().as_slice(), &text].concat())
    }

    /// Decrypts what [`Self::seal`] made; `None` when it was made with another secret or label, or was changed.
    pub fn open(&self, label: &str, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
        let mut sealed = hex::decode(sealed).ok()?;
        let (nonce, text) = sealed.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let plain = self.storage_key().open_in_place(nonce, Aad::from(label), text).ok()?;
        Some(Zeroizing::new(plain.to_vec()))
    }

    fn storage_key(&self) -> RandomizedNonceKey {
        RandomizedNonceKey::new(&AES_256_GCM, self.derive("keys at rest").as_ref()).expect("the key has 32 bytes")
    }
}
