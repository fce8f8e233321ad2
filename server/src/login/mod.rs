//! Login: password hashing, rate limits and device cookies.

pub mod attempt;
pub mod breached_passwords;
pub mod challenges;
pub mod device_cookie;
mod hashing_worker;
mod memory_buckets;
mod network;
pub mod params_in_use;
pub mod password_hasher;
pub mod proven;
pub mod rate_limiter;
pub mod registration_codes;
mod turns;
