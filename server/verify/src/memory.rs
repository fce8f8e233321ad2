//! The tokens whose signatures have been checked, so that the same token is checked once and not on each request.
//!
//! What is remembered cannot change: the signature, and for whom the token is. What can is asked each time: the time, the
//! end of the session, and whether the key is still one of ours.

use std::sync::Arc;

use quick_cache::sync::Cache;

use crate::{Claims, KeySet, key_set::CheckingKey};

/// A bounded number of checked tokens; what was used least goes first. Look-ups wait for nobody but a writer's moment.
pub(crate) struct Memory(Cache<Box<str>, Remembered>);

/// What a token says that was well signed with `key`, and meant for whoever remembers it.
#[derive(Clone)]
struct Remembered {
    key: Arc<CheckingKey>,
    claims: Arc<Claims>,
}

impl Memory {
    pub(crate) fn new(entries: usize) -> Self {
        Self(Cache::new(entries))
    }

    /// The claims of exactly this token, if it was checked with a key that is still in `keys` under the same name. The
    /// whole token is compared, so that no other one can be taken for it.
    pub(crate) fn claims(&self, token: &str, keys: &KeySet) -> Option<Arc<Claims>> {
        let found = self.0.get(token)?;
        if keys.holds(&found.key) {
            return Some(found.claims);
        }
        self.forget(token);
        None
    }

    /// Keeps the claims of a token that was found to be signed with `key`.
    pub(crate) fn remember(&self, token: &str, key: &Arc<CheckingKey>, claims: &Arc<Claims>) {
        self.0.insert(token.into(), Remembered { key: key.clone(), claims: claims.clone() });
    }

    pub(crate) fn forget(&self, token: &str) {
        self.0.remove(token);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// How often a token was found.
    pub(crate) fn hits(&self) -> u64 {
        self.0.hits()
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Memory({} tokens)", self.len())
    }
}
