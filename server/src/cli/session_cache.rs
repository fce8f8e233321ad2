//! Valkey, in which commands bar the sessions that they end or change.

use std::sync::Arc;

use super::failure::Failure;
use crate::{clock::Clock, config::Config, valkey::Valkey};

pub(super) fn valkey(config: &Config, clock: &Clock) -> Result<Valkey, Failure> {
    let valkey = Valkey::new(config.session_cache.as_ref(), clock, &Arc::default());
    valkey.map_err(|error| Failure::Failed(format!("session_cache: {error}")))
}
