//! Challenges of Web Authentication, as far as they are stored.

use crate::clock::Moment;

/// A genuine challenge that is answered. It is stored until it expires, so that it counts once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChallengeUse {
    /// SHA-256, in hex.
    pub hash: String,
    pub expires_at: Moment,
}
