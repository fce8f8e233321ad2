//! Signing keys as the database holds them.

use crate::clock::Moment;

/// A key as the database holds it.
#[derive(Clone, Debug)]
pub struct StoredKey {
    /// Counts up; the newest key that may sign does.
    pub generation: i64,
    /// Names the key in token headers: the thumbprint of its public half (RFC 7638).
    pub kid: String,
    /// The public half, base64url.
    pub public_key: String,
    /// The private half (PKCS#8), encrypted.
    pub private_key: String,
    /// Since when it is in the key set.
    pub published_at: Moment,
    /// From when it signs.
    pub signs_from: Moment,
    /// Since when its tokens are refused.
    pub retired_at: Option<Moment>,
}

/// Which keys there are, in so few words that it can be asked often: generations only ever grow, and no key comes back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KeySetVersion {
    /// How many are not retired.
    pub count: i64,
    /// The newest generation.
    pub newest: i64,
}

impl KeySetVersion {
    /// Whether these keys were in use before those: keys are added at the newest end, and otherwise only become fewer.
    pub fn is_older_than(self, other: Self) -> bool {
        (self.newest, -self.count) < (other.newest, -other.count)
    }
}
