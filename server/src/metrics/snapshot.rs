//! What the server counts anyway, for a scrape.

use std::time::Duration;

/// The gauges at the time of a scrape.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot {
    pub is_ready: bool,
    pub is_fresh: bool,
    pub staleness: Duration,
    pub revoked_sessions: usize,
    pub event_streams: usize,
    pub feed_waiting: usize,
    pub hashing_queue: usize,
    pub cache_hits: u64,
    pub keys: usize,
    pub key_generation: i64,
    pub key_age: Duration,
    pub key_lifetime: Duration,
    pub dropped_log_lines: u64,
}
