//! Revocation: the set of ended sessions, its sync between nodes, and those who subscribe to it.

pub mod feed;
pub mod set;
pub mod signed_pages;
pub mod subscribers;
pub mod sync;
