//! The harness: tabs of a browser whose clocks move on command, and a server that misbehaves on command.

pub(super) mod browser;
pub(super) mod call;
pub(super) mod endpoints;
pub(super) mod interleavings;
mod page_events;
pub(super) mod platform;
pub(super) mod policies;
pub(super) mod replies;
pub(super) mod server;
mod streams;
pub(super) mod tab;
