//! Data types: what the other layers pass around. No database, no HTTP, no state.

pub mod audit;
pub mod blocklist;
pub mod credential;
pub mod cursor;
pub mod device;
pub mod display_name;
pub mod password;
pub mod policy;
pub mod rate_limit;
pub mod session;
pub mod signing_key;
pub mod user;
pub mod user_summary;
