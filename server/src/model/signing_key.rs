//! Signing keys as stored in the database.

use crate::clock::Moment;

#[derive(Clone, Debug)]
pub struct StoredKey {
    /// Increases with each key. The newest key whose `signs_from` is past signs.
    pub generation: i64,
    /// The key id in token headers: the thumbprint of the public key (RFC 7638).
    pub kid: String,
    /// base64url
    pub public_key: String,
    /// PKCS#8, encrypted with the master secret
    pub private_key: String,
    pub published_at: Moment,
    pub signs_from: Moment,
    /// Tokens signed by a retired key are rejected.
    pub retired_at: Option<Moment>,
}

/// Identifies the set of keys that are not retired, so that polling for changes is cheap. Unambiguous, because
/// generations only increase and a retired key never returns.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeySetVersion {
    pub count: i64,
    pub newest_generation: i64,
}

impl KeySetVersion {
    /// Keys are added only with a higher generation; without a new one the set only shrinks.
    pub fn is_older_than(self, other: Self) -> bool {
        (self.newest_generation, -self.count) < (other.newest_generation, -other.count)
    }
}
