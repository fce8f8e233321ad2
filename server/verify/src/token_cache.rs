//! A cache of verified tokens, so that the signature of a token is verified once and not for each request.
//!
//! It holds what cannot change: a valid signature, the issuer, the audience. What can change is checked for every
//! request: expiry, revocation, and whether the key is still in the key set.

use std::{fmt, sync::Arc};

use quick_cache::sync::Cache;

use crate::{
    claims::Claims,
    key_set::{KeySet, VerifyingKey},
};

/// A bounded, concurrent map from token text to claims; evicts the entries that were used least.
pub(crate) struct TokenCache(Cache<Box<str>, Entry>);

#[derive(Clone)]
struct Entry {
    key: Arc<VerifyingKey>,
    claims: Arc<Claims>,
}

impl TokenCache {
    pub(crate) fn new(capacity: usize) -> Self {
        Self(Cache::new(capacity))
    }

    /// The claims of `token`, if the key that verified it is still in `keys` under the same `kid`. The whole token is
    /// compared, not a hash, so no other token can match.
    pub(crate) fn get(&self, token: &str, keys: &KeySet) -> Option<Arc<Claims>> {
        let entry = self.0.get(token)?;
        if keys.contains(&entry.key) {
            return Some(entry.claims);
        }
        self.remove(token);
        None
    }

    /// Adds a token whose signature `key` has verified.
    pub(crate) fn insert(&self, token: &str, key: &Arc<VerifyingKey>, claims: &Arc<Claims>) {
        self.0.insert(token.into(), Entry { key: key.clone(), claims: claims.clone() });
    }

    pub(crate) fn remove(&self, token: &str) {
        self.0.remove(token);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn hits(&self) -> u64 {
        self.0.hits()
    }
}

// Without the tokens, which are credentials.
impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenCache({} tokens)", self.len())
    }
}
