//! Doorward's server: login, sessions and tokens.
//!
//! The domain lies flat in this folder; `http` speaks HTTP, `store` speaks SQL, and everything beside them knows
//! neither: `cli, serve, jobs → http → domain ← store`.

// On the way in and out
pub mod cli;
pub mod config;
pub mod error;
pub mod http;
pub mod jobs;
pub mod listen;
pub mod serve;
pub mod state;
pub mod store;

// The domain
pub mod access_token;
pub mod audit;
pub mod blocklist;
pub mod device;
pub mod directory;
pub mod feed;
pub mod feed_documents;
pub mod follower;
pub mod hashing;
pub mod key_life;
pub mod key_ring;
pub mod last_use;
pub mod line;
pub mod metrics;
pub mod open_tabs;
pub mod outage;
pub mod over;
pub mod password;
pub mod policy;
pub mod policy_change;
pub mod proof;
pub mod rate_limit;
pub mod readiness;
pub mod refresh_token;
pub mod replacement;
pub mod reset;
pub mod revocation;
pub mod secret;
pub mod session;
pub mod unlock;
pub mod user;

// What comes from outside
pub mod clock;
pub mod random;
