//! The key ring: the Ed25519 keys that sign and verify access tokens, on their [schedule](crate::keys::schedule).
//!
//! Private keys are stored in the database, encrypted with the master secret; the public keys are served as a JWKS.

use std::sync::{Arc, PoisonError, RwLock};

use doorward_verify::{Jwk, Jwks, KeySet};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use tokio::sync::{Mutex, MutexGuard, watch};

use crate::{
    clock::Moment,
    keys::{generate::generate_key, master_secret::MasterSecret},
    model::signing_key::{KeySetVersion, StoredKey},
};

pub struct SigningKey {
    pub generation: i64,
    pub kid: String,
    pub signs_from: Moment,
    pub private_key: EncodingKey,
}

/// An immutable snapshot of the keys that are not retired: one signs, all verify.
pub struct Keys {
    /// The key that signs now and newer ones, oldest first; never empty.
    signing: Vec<SigningKey>,
    pub verifying: KeySet,
    pub jwks: Jwks,
    pub version: KeySetVersion,
}

/// Why the keys in the database cannot be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeysError {
    NoKeys,
    /// A key that is needed for signing is encrypted with another master secret.
    WrongSecret,
    /// A public key is invalid.
    Malformed,
}

impl Keys {
    /// Opens the keys from the database. Decrypts only the private keys of the one that signs now and of newer ones.
    pub fn open(mut stored: Vec<StoredKey>, secret: &MasterSecret, now: Moment) -> Result<Self, KeysError> {
        stored.sort_by_key(|key| key.generation);
        if stored.is_empty() {
            return Err(KeysError::NoKeys);
        }
        let current = stored.iter().rposition(|key| key.signs_from <= now).unwrap_or(0);
        let open = |key: &StoredKey| {
            let pkcs8 = secret.open(&key.kid, &key.private_key).ok_or(KeysError::WrongSecret)?;
            let (generation, kid, signs_from) = (key.generation, key.kid.clone(), key.signs_from);
            Ok(SigningKey { generation, kid, signs_from, private_key: EncodingKey::from_ed_der(&pkcs8) })
        };
        let signing = stored[current..].iter().map(open).collect::<Result<_, _>>()?;

        let version = KeySetVersion(stored.iter().map(|key| (key.generation, key.kid.clone())).collect());
        let jwks = Jwks { keys: stored.into_iter().map(|key| Jwk::ed25519(key.kid, key.public_key)).collect() };
        let verifying = KeySet::try_from(&jwks).map_err(|_| KeysError::Malformed)?;
        Ok(Self { signing, verifying, jwks, version })
    }

    /// The newest key whose `signs_from` is past. If there is none, because the clock was set back, the oldest: other
    /// services are most likely to have it.
    pub fn signing(&self, now: Moment) -> &SigningKey {
        self.signing.iter().rfind(|key| key.signs_from <= now).unwrap_or(&self.signing[0])
    }

    /// The newest key, which may not sign yet.
    pub fn newest(&self) -> &SigningKey {
        &self.signing[self.signing.len() - 1]
    }

    /// Signs a token whose header has this `typ`.
    pub fn sign(&self, typ: &str, claims: &impl Serialize, now: Moment) -> String {
        let signing = self.signing(now);
        let header = Header { typ: Some(typ.into()), kid: Some(signing.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, claims, &signing.private_key).expect("text and integers can be serialized")
    }
}

/// The keys of this node, replaced while requests are served.
#[derive(Clone)]
pub struct KeyRing(Arc<Inner>);

struct Inner {
    keys: RwLock<Arc<Keys>>,
    secret: MasterSecret,
    is_secret_superseded: watch::Sender<bool>,
    reloading: Mutex<()>,
}

impl KeyRing {
    /// `secret` is the one that decrypted `keys`.
    pub fn new(keys: Keys, secret: MasterSecret) -> Self {
        Self(Arc::new(Inner {
            keys: RwLock::new(Arc::new(keys)),
            secret,
            is_secret_superseded: watch::Sender::default(),
            reloading: Mutex::default(),
        }))
    }

    /// Held by a reload from before it reads the database until it has replaced the keys: of two reads on two connections,
    /// the earlier could otherwise arrive last, and would bring a retired key back.
    pub async fn lock_for_reload(&self) -> MutexGuard<'_, ()> {
        self.0.reloading.lock().await
    }

    /// Never blocks for long: the lock is held only to copy or replace a pointer.
    pub fn current(&self) -> Arc<Keys> {
        self.0.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the keys by those read from the database. Older ones, too: the database may be a copy from before the last
    /// rotation, which has taken over from a lost one.
    pub fn reload(&self, stored: Vec<StoredKey>, now: Moment) -> Result<(), KeysError> {
        match Keys::open(stored, &self.0.secret, now) {
            Ok(keys) => {
                *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
                Ok(())
            }
            Err(error) => {
                if error == KeysError::WrongSecret {
                    self.0.is_secret_superseded.send_replace(true);
                }
                Err(error)
            }
        }
    }

    /// A new key, encrypted with the master secret of this node.
    pub fn generate(&self, generation: i64, published_at: Moment, signs_from: Moment) -> StoredKey {
        generate_key(generation, &self.0.secret, published_at, signs_from)
    }

    /// Identifies the master secret of this node.
    pub fn secret_fingerprint(&self) -> String {
        self.0.secret.fingerprint()
    }

    /// Whether another node uses a newer master secret, so that this node can neither sign nor verify tokens any
    /// longer.
    pub fn is_secret_superseded(&self) -> bool {
        *self.0.is_secret_superseded.borrow()
    }

    /// Waits until the master secret has been superseded.
    pub async fn secret_superseded(&self) {
        // The sender lives as long as the ring.
        drop(self.0.is_secret_superseded.subscribe().wait_for(|is_superseded| *is_superseded).await);
    }
}

#[cfg(test)]
mod tests {
    use super::{Keys, KeysError};
    use crate::{
        clock::Moment,
        keys::{generate::generate_key, master_secret::MasterSecret},
    };

    fn secret(text: &str) -> MasterSecret {
        MasterSecret::from_setting(&text.repeat(32)).expect("long enough")
    }

    fn keys(signs_from: &[i64], now: i64) -> Keys {
        let generations = signs_from.iter().zip(1..);
        let stored =
            generations.map(|(from, generation)| generate_key(generation, &secret("a"), Moment(0), Moment(*from)));
        Keys::open(stored.collect(), &secret("a"), Moment(now)).expect("keys")
    }

    #[test]
    fn the_newest_active_key_signs() {
        let keys = keys(&[10, 20, 30], 15);
        let signs = |now| keys.signing(Moment(now)).generation;
        assert_eq!([15, 19, 20, 29, 30, 99].map(signs), [1, 1, 2, 2, 3, 3]);
        assert_eq!(keys.jwks.keys.len(), 3, "all of them verify");
    }

    #[test]
    fn the_oldest_key_signs_when_the_clock_was_set_back() {
        assert_eq!(keys(&[10, 20, 30], 5).signing(Moment(5)).generation, 1);
        assert_eq!(
            keys(&[10, 20, 30], 25).signing(Moment(5)).generation,
            2,
            "the clock was set back after the keys were opened"
        );
        assert_eq!(
            keys(&[99, 20], 25).signing(Moment(25)).generation,
            2,
            "the first key was generated with a wrong clock"
        );
    }

    #[test]
    fn a_key_of_another_secret_is_rejected() {
        let stored = |text| generate_key(1, &secret(text), Moment(0), Moment(0));
        let open = |stored| Keys::open(stored, &secret("a"), Moment(0)).map(drop);
        assert_eq!(open(vec![stored("b")]), Err(KeysError::WrongSecret));
        assert_eq!(open(vec![]), Err(KeysError::NoKeys));
        assert_eq!(open(vec![stored("a")]), Ok(()));
    }
}
