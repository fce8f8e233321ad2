//! Tokens: access tokens for every service, refresh tokens for this server alone.

pub mod access_token;
pub mod refresh_token;
