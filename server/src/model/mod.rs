//! Data types: what the other layers pass around. No database, no HTTP, no state.

pub mod audit;
pub mod blocklist;
pub mod device;
pub mod display_name;
pub mod password;
pub mod policy;
pub mod session;
pub mod user;
pub mod user_summary;
