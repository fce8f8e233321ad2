//! Encryption of values in the database, with a key of their own for each use.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use zeroize::Zeroizing;

use crate::keys::master_secret::MasterSecret;

/// Encrypts with AES-256-GCM and a random nonce, under a key that is derived from the master secret.
pub struct Sealer(RandomizedNonceKey);

impl Sealer {
    /// `purpose` names the use: nothing that one sealer has encrypted opens with another.
    pub fn new(secret: &MasterSecret, purpose: &str) -> Self {
        Self(RandomizedNonceKey::new(&AES_256_GCM, secret.derive(purpose).as_ref()).expect("the key has 32 bytes"))
    }

    /// Encrypts a text, in hex. `row` identifies the row that it is stored in: it does not open in another.
    pub fn seal(&self, row: &str, plain: &[u8]) -> String {
        let mut text = plain.to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::from(row), &mut text).expect("short texts can be encrypted");
        hex::encode([nonce.as_ref().as_slice(), &text].concat())
    }

    /// `None` for what was sealed with another secret or for another row, or altered.
    pub fn open(&self, row: &str, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
        let mut sealed = Zeroizing::new(hex::decode(sealed).ok()?);
        let (nonce, text) = sealed.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        Some(Zeroizing::new(self.0.open_in_place(nonce, Aad::from(row), text).ok()?.to_vec()))
    }
}
