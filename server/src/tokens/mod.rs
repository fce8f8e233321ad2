//! Tokens: access tokens for all services, refresh tokens for this server only.

pub mod access_token;
pub mod issuer;
pub mod refresh_token;
