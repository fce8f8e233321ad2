//! Revocation: the set of ended sessions, its sync between nodes, the feed for other services, and the subscribers in
//! browser tabs.

pub mod bars;
pub mod denylist;
mod ended_sessions;
pub mod feed;
pub mod set;
pub mod signed_pages;
pub mod subscribers;
pub mod sync;
