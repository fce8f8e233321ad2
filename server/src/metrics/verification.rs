//! Outcomes of verifying an access token.

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verification {
    Accepted,
    Expired,
    Invalid,
    Revoked,
    /// Unknown, because the revocation set is stale.
    Unavailable,
}

impl Verification {
    pub(super) const ALL: [Self; 5] = [Self::Accepted, Self::Expired, Self::Invalid, Self::Revoked, Self::Unavailable];

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Expired => "expired",
            Self::Invalid => "invalid",
            Self::Revoked => "ended",
            Self::Unavailable => "unsure",
        }
    }
}
