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

/// Identifies the set of keys that are not retired, so that polling for changes is cheap: their generations and kids in
/// order. The kids, because after a failover to an older copy of the database, another key can have the same generation.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KeySetVersion(pub Vec<(i64, String)>);
