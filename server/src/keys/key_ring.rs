//! The key ring: the Ed25519 keys that sign access tokens, each with the [moments](crate::keys::schedule) of its schedule.
//!
//! Private keys are in the database, encrypted with the master secret; the public ones are for everybody.

use std::sync::{Arc, PoisonError, RwLock};

use doorward_verify::{Jwk, Jwks, KeySet};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use tokio::sync::watch;

use crate::{
    clock::Moment,
    keys::{generate::generate_key, master_secret::MasterSecret},
    model::signing_key::{KeySetVersion, StoredKey},
};

/// A key that may sign.
pub struct SigningKey {
    /// Its place in the order of keys.
    pub generation: i64,
    /// Names the key in token headers.
    pub kid: String,
    /// From when it signs.
    pub signs_from: Moment,
    /// The private half.
    pub key: EncodingKey,
}

/// All keys in use at one time: one signs, all check.
pub struct Keys {
    /// Those that may sign from now on, the oldest first; never empty.
    signing: Vec<SigningKey>,
    /// The keys that check.
    pub checking: KeySet,
    /// The public halves, as published.
    pub public: Jwks,
    /// Which they are.
    pub version: KeySetVersion,
}

/// Why keys that the database holds are not to be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unusable {
    /// There is none.
    None,
    /// The newest is encrypted with another master secret.
    AnotherSecret,
    /// One of them is no key.
    Broken,
}

impl Keys {
    /// Opens the keys that the database holds: private halves only of the one that signs now and of newer ones.
    pub fn open(mut stored: Vec<StoredKey>, secret: &MasterSecret, now: Moment) -> Result<Self, Unusable> {
        stored.sort_by_key(|key| key.generation);
        let newest = stored.last().ok_or(Unusable::None)?.generation;
        let present = stored.iter().rposition(|key| key.signs_from <= now).unwrap_or(0);
        let open = |key: &StoredKey| {
            let private = secret.open(&key.kid, &key.private_key).ok_or(Unusable::AnotherSecret)?;
            let (generation, kid, signs_from) = (key.generation, key.kid.clone(), key.signs_from);
            Ok(SigningKey { generation, kid, signs_from, key: EncodingKey::from_ed_der(&private) })
        };
        let signing = stored[present..].iter().map(open).collect::<Result<_, _>>()?;

        let version = KeySetVersion { count: i64::try_from(stored.len()).unwrap_or(i64::MAX), newest };
        let public = Jwks { keys: stored.into_iter().map(|key| Jwk::ed25519(key.kid, key.public_key)).collect() };
        let checking = KeySet::try_from(&public).map_err(|_| Unusable::Broken)?;
        Ok(Self { signing, checking, public, version })
    }

    /// The key that signs now: the newest that may. Where none may yet, after somebody has set the clock back, it is the
    /// one that has been known for the longest (F3).
    pub fn signing(&self, now: Moment) -> &SigningKey {
        self.signing.iter().rfind(|key| key.signs_from <= now).unwrap_or(&self.signing[0])
    }

    /// The newest key, which may not sign yet.
    pub fn newest(&self) -> &SigningKey {
        &self.signing[self.signing.len() - 1]
    }

    /// Signs claims as a token of this type.
    pub fn sign(&self, typ: &str, claims: &impl Serialize, now: Moment) -> String {
        let signing = self.signing(now);
        let header = Header { typ: Some(typ.into()), kid: Some(signing.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, claims, &signing.key).expect("text and integers can be signed")
    }
}

/// The keys of this node, replaceable while requests are served.
#[derive(Clone)]
pub struct KeyRing(Arc<Ring>);

struct Ring {
    keys: RwLock<Arc<Keys>>,
    secret: MasterSecret,
    is_secret_superseded: watch::Sender<bool>,
}

impl KeyRing {
    /// A ring that starts with `keys`, which were opened with `secret`.
    pub fn new(keys: Keys, secret: MasterSecret) -> Self {
        Self(Arc::new(Ring {
            keys: RwLock::new(Arc::new(keys)),
            secret,
            is_secret_superseded: watch::Sender::default(),
        }))
    }

    /// The keys at this moment. Nobody waits for them: the lock is held only to copy or replace a pointer.
    pub fn current(&self) -> Arc<Keys> {
        self.0.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the keys by those that the database holds now. Older ones than the present change nothing: of two reads on
    /// two connections the earlier may arrive last, and would bring a retired key back.
    pub fn reload(&self, stored: Vec<StoredKey>, now: Moment) -> Result<(), Unusable> {
        match Keys::open(stored, &self.0.secret, now) {
            Ok(keys) => {
                let mut present = self.0.keys.write().unwrap_or_else(PoisonError::into_inner);
                if !keys.version.is_older_than(present.version) {
                    *present = Arc::new(keys);
                }
                Ok(())
            }
            Err(unusable) => {
                if unusable == Unusable::AnotherSecret {
                    self.0.is_secret_superseded.send_replace(true);
                }
                Err(unusable)
            }
        }
    }

    /// A key that nobody knows yet.
    pub fn generate(&self, generation: i64, published_at: Moment, signs_from: Moment) -> StoredKey {
        generate_key(generation, &self.0.secret, published_at, signs_from)
    }

    /// Whether somebody has replaced the master secret: this node can neither sign nor read refresh tokens any more.
    pub fn is_secret_superseded(&self) -> bool {
        *self.0.is_secret_superseded.borrow()
    }

    /// Waits until somebody has.
    pub async fn secret_superseded(&self) {
        // The sender lives as long as the ring.
        drop(self.0.is_secret_superseded.subscribe().wait_for(|is_secret_superseded| *is_secret_superseded).await);
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyRing, Keys, Unusable};
    use crate::{
        clock::Moment,
        keys::{generate::generate_key, master_secret::MasterSecret},
        model::signing_key::StoredKey,
    };

    fn secret(text: &str) -> MasterSecret {
        MasterSecret::from_setting(&text.repeat(32)).expect("long enough")
    }

    fn keys(signs_from: &[i64], now: i64) -> Keys {
        let moments = signs_from.iter().zip(1..);
        let stored = moments.map(|(from, n)| generate_key(n, &secret("a"), Moment(0), Moment(*from)));
        Keys::open(stored.collect(), &secret("a"), Moment(now)).expect("keys")
    }

    #[test]
    fn the_newest_key_that_may_sign_does() {
        let keys = keys(&[10, 20, 30], 15);
        let signs = |now| keys.signing(Moment(now)).generation;
        assert_eq!([15, 19, 20, 29, 30, 99].map(signs), [1, 1, 2, 2, 3, 3]);
        assert_eq!(keys.public.keys.len(), 3, "all of them check");
    }

    #[test]
    fn f3_where_none_may_yet_the_oldest_signs() {
        assert_eq!(keys(&[10, 20, 30], 5).signing(Moment(5)).generation, 1);
        assert_eq!(keys(&[10, 20, 30], 25).signing(Moment(5)).generation, 2, "set back meanwhile");
        assert_eq!(keys(&[99, 20], 25).signing(Moment(25)).generation, 2, "one of a clock that was wrong");
    }

    #[test]
    fn a_key_of_another_secret_is_none() {
        let stored = |text| generate_key(1, &secret(text), Moment(0), Moment(0));
        let open = |stored| Keys::open(stored, &secret("a"), Moment(0)).map(drop);
        assert_eq!(open(vec![stored("b")]), Err(Unusable::AnotherSecret));
        assert_eq!(open(vec![]), Err(Unusable::None));
        assert_eq!(open(vec![stored("a")]), Ok(()));
    }

    #[test]
    fn a_read_that_arrives_late_brings_no_retired_key_back() {
        let stored = |n| generate_key(n, &secret("a"), Moment(0), Moment(0));
        let (first, second, third) = (stored(1), stored(2), stored(3));
        let open = Keys::open(vec![first.clone()], &secret("a"), Moment(0)).expect("keys");
        let ring = KeyRing::new(open, secret("a"));
        let reload = |stored: &[&StoredKey]| {
            ring.reload(stored.iter().copied().cloned().collect(), Moment(0)).expect("keys");
            ring.current().public.keys.len()
        };

        assert_eq!(reload(&[&first, &second]), 2, "a new key");
        assert_eq!(reload(&[&first]), 2, "as it was before");
        assert_eq!(reload(&[&second]), 1, "the old key is retired");
        assert_eq!(reload(&[&first, &second]), 1, "as it was before");
        assert_eq!(reload(&[&third]), 1, "a reset");
        assert_eq!(reload(&[&second]), 1, "as it was before");
        assert_eq!(ring.current().newest().generation, 3);
    }
}
