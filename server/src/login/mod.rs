//! Login: password hashing, rate limits and device cookies.

pub mod attempt;
pub mod breached_passwords;
pub mod challenges;
pub mod device_cookie;
pub mod factors;
mod hashing_worker;
pub mod mail_codes;
mod memory_buckets;
mod network;
pub mod params_in_use;
pub mod passkey_host;
pub mod password_hasher;
pub mod proven;
pub mod rate_limiter;
pub mod totp_setup;
mod turns;
