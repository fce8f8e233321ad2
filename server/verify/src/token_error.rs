//! Why a token was rejected.

use std::{error::Error, fmt};

/// Why a token was rejected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenError {
    /// Genuine and well formed, but past its `exp`; the client may refresh it.
    Expired,
    /// Anything else. The reason is for the log: clients learn no more than `invalid_token` (RFC 6750, section 3.1).
    Invalid(&'static str),
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired => f.write_str("expired token"),
            Self::Invalid(reason) => write!(f, "invalid token: {reason}"),
        }
    }
}

impl Error for TokenError {}
