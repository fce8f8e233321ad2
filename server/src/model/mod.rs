//! Data types shared by all layers. No database access, no HTTP, no application state.

pub mod audit;
pub mod authentication;
pub mod blocklist;
pub mod characters;
pub mod client_network;
pub mod color;
pub mod credential;
pub mod cursor;
pub mod database_url;
pub mod device;
pub mod display_name;
pub mod email;
pub mod mail;
pub mod password;
pub mod password_list;
pub mod policy;
pub mod rate_limit;
pub mod session;
pub mod session_end;
pub mod signing_key;
pub mod ticket;
pub mod user;
pub mod user_search;
pub mod user_summary;
pub mod valkey_url;
