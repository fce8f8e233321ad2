//! The harness: a simulated browser with tabs and clocks, and a server with faults.

pub(super) mod browser;
pub(super) mod call;
pub(super) mod confirmations;
pub(super) mod endpoints;
pub(super) mod factors;
pub(super) mod interleavings;
mod page_events;
pub(super) mod platform;
pub(super) mod policies;
pub(super) mod registration;
pub(super) mod replies;
pub(super) mod server;
mod streams;
pub(super) mod tab;
