//! Strict checking of Doorward's tokens, in Doorward itself and in any service behind it.
//!
//! One function opens every token ([`jws::open`]): one algorithm bound to the key, the key chosen by configuration
//! alone, nothing in the header followed (RFC 8725). [`AccessTokens`] adds the claims of an access token (RFC 9068).
//!
//! ```
//! use doorward_verify::{AccessTokens, KeySet, Refused};
//!
//! let checks = AccessTokens::new("https://login.example", "https://shop.example");
//! let keys = KeySet::default(); // filled from /.well-known/jwks.json
//! let refused = checks.check("not.a.token", &keys, 1_700_000_000).unwrap_err();
//! assert!(matches!(refused, Refused::Invalid(_)));
//! ```

// The tests inside of this crate share the forge of those outside.
#[cfg(test)]
extern crate self as doorward_verify;

mod access_token;
pub mod feed;
pub mod jws;
mod key_set;
mod memory;
#[cfg(feature = "service")]
pub mod service;

pub use access_token::{AccessTokens, Claims, LONGEST_LIFE};
pub use key_set::{Jwk, Jwks, KeySet, UnusableKey};

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refused {
    /// Genuine and well formed, but its time is over: its owner may ask for a new one.
    Expired,
    /// Anything else, with the reason for the log. Never tell the sender more than "invalid".
    Invalid(&'static str),
}
