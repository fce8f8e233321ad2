//! The master secret: every secret key of the server is derived from it or encrypted with it.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hkdf,
};
use zeroize::Zeroizing;

use crate::random;

/// Shorter secrets are refused, in bytes.
const SHORTEST: usize = 32;

/// The master secret. Cannot be printed.
#[derive(Clone)]
pub struct MasterSecret(Zeroizing<Vec<u8>>);

impl fmt::Debug for MasterSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl MasterSecret {
    /// Takes the secret from the settings.
    pub fn from_setting(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() < SHORTEST {
            return Err(format!("needs at least {SHORTEST} random characters; `openssl rand -hex 32` makes some"));
        }
        Ok(Self(Zeroizing::new(text.as_bytes().to_vec())))
    }

    /// Reads the secret from `path`; `None` when there is no such file.
    pub fn load(path: &Path) -> Result<Option<Self>, String> {
        let fail = |error: io::Error| format!("{}: {error}", path.display());
        if !path.try_exists().map_err(fail)? {
            return Ok(None);
        }
        let text = Zeroizing::new(fs::read_to_string(path).map_err(fail)?);
        Self::from_setting(&text).map(Some).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Makes a secret at `path` that only this user can read. Where somebody else has just made one, it is that one.
    pub fn create(path: &Path) -> Result<Self, String> {
        create(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::load(path)?.ok_or_else(|| format!("{}: is gone again", path.display()))
    }

    /// Tells secrets apart, and tells nothing of them.
    pub fn fingerprint(&self) -> String {
        hex::encode(self.derive("fingerprint").as_ref())
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

/// Writes a new secret beside `path` and then gives it its name: whatever happens meanwhile, nobody finds half a
/// secret, and of two processes that start at once one gives its secret to both.
fn create(path: &Path) -> io::Result<()> {
    let beside = path.with_added_extension(random::id());
    let text = Zeroizing::new(hex::encode(random::bytes::<32>()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    let named =
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).and_then(|()| fs::hard_link(&beside, path));
    fs::remove_file(&beside)?;
    match named {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        named => named,
    }
}
