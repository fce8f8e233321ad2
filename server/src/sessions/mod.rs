//! Sessions: authentication, expiry, last-used times, changes of policy.

pub mod authenticate;
pub mod expiry;
pub mod last_used;
pub mod policy_migration;
