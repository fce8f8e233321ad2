//! The connection of a service to Doorward: the [`Doorward`] handle and the extractors for its handlers.
//!
//! A [`Doorward`] runs two background tasks. One fetches the key set and refreshes it before its `max-age` ends. The
//! other follows the revocation feed by long polling: a response arrives when a session ends, otherwise after 25
//! seconds. While Doorward cannot be reached, both keep what they have. [`WhenStale`] decides what happens if that takes
//! too long.

mod backoff;
mod clock;
mod doorward;
mod extract;
mod failure_state;
mod feed_client;
mod http_transport;
mod jwks_client;
mod rejection;
mod requirement;
mod revoked;
mod settings;
mod staleness;
mod stats;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod transport;

pub use self::{
    doorward::Doorward,
    extract::{Caller, CallerWith},
    rejection::Rejection,
    requirement::{AtLeast, Level, Phr, Recent, Requirement, Role, Two},
    settings::{InvalidSettings, Settings},
    staleness::WhenStale,
    stats::Stats,
};
