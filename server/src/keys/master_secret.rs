//! The master secret: every secret key of the server is derived from it or encrypted with it.

use std::{
    fmt, fs,
    io::{self, Write},
    os::unix::fs::MetadataExt,
    path::Path,
};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hkdf,
};
use zeroize::Zeroizing;

use crate::{keys::guessability, private_files, random, text_file};

const MIN_BYTES: usize = 32;

/// Digits: 64 bits, so no two secrets that anyone compares have the same.
const SHORT_FINGERPRINT: usize = 16;

/// The master secret. Its `Debug` output hides the value.
#[derive(Clone)]
pub struct MasterSecret(Zeroizing<Vec<u8>>);

impl fmt::Debug for MasterSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl MasterSecret {
    pub fn from_setting(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() < MIN_BYTES {
            return Err(format!(
                "must have at least {MIN_BYTES} random characters; generate it with `openssl rand -hex 32`"
            ));
        }
        Ok(Self(Zeroizing::new(text.as_bytes().to_vec())))
    }

    /// Reads the secret from `path`; `None` when there is no such file.
    pub fn load(path: &Path) -> Result<Option<Self>, String> {
        let Some(text) = text_file::read_in_own_directory(path)?.map(Zeroizing::new) else { return Ok(None) };
        check_permissions(path)?;
        Self::from_setting(&text).map(Some).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// A new secret, which is only in memory.
    pub fn generate() -> Self {
        Self(Zeroizing::new(hex::encode(random::bytes::<32>()).into_bytes()))
    }

    /// Creates a secret at `path` that only this user can read. If another process has just created one, uses that.
    pub fn create(path: &Path) -> Result<Self, String> {
        match Self::generate().write(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            written => written.map_err(|error| format!("{}: {error}", path.display()))?,
        }
        Self::load(path)?.ok_or_else(|| format!("{}: deleted right after it was created", path.display()))
    }

    /// Writes the secret to a temporary file that only this user can read and links it to `path`, which is atomic: no process reads
    /// an incomplete secret, and of two processes that start at the same time only the first one succeeds.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        private_files::check_root(path).map_err(io::Error::other)?;
        let temporary = path.with_added_extension(random::id());
        let mut file = private_files::create_new(&temporary)?;
        let linked =
            file.write_all(&self.0).and_then(|()| file.sync_all()).and_then(|()| fs::hard_link(&temporary, path));
        fs::remove_file(&temporary)?;
        linked
    }

    /// Whether it can be guessed, by the rules in `guessability.rs`.
    pub fn is_guessable(&self) -> bool {
        guessability::is_guessable(&self.0)
    }

    /// Identifies the secret without revealing anything about it.
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
            .expect("HKDF-SHA256 can derive 32 bytes");
        key
    }

    /// Encrypts `plain` for storage in the database (AES-256-GCM). `label` is authenticated: decryption needs the same
    /// one.
    pub fn seal(&self, label: &str, plain: &[u8]) -> String {
        let mut text = plain.to_vec();
        let nonce = self
            .storage_key()
            .seal_in_place_append_tag(Aad::from(label), &mut text)
            .expect("short texts can be encrypted");
        hex::encode([nonce.as_ref().as_slice(), &text].concat())
    }

    /// Decrypts the output of [`Self::seal`]. `None` when the secret or label differs, or the text was altered.
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

/// The part of a fingerprint that people compare.
pub fn shorten(fingerprint: &str) -> &str {
    fingerprint.get(..SHORT_FINGERPRINT).unwrap_or(fingerprint)
}

/// The permissions of users outside of the file's group, and of the group to change it. The group may read it: that is how
/// orchestrators give a secret to a process.
const TOO_OPEN: u32 = 0o027;

fn check_permissions(path: &Path) -> Result<(), String> {
    let mode = fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?.mode() & 0o777;
    if mode & TOO_OPEN == 0 {
        return Ok(());
    }
    Err(format!(
        "{}: other users of this machine can read or change it (mode {mode:04o}); run `chmod 600` on it",
        path.display()
    ))
}
