//! Login: password hashing and rate limits.

pub mod password_hasher;
pub mod rate_limiter;
