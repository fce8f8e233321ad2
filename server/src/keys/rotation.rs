//! Key rotation: publishes the next key in time, and retires keys whose last token has expired.
//!
//! Every node does this; there is no leader. The generation is the primary key, so of several nodes that add the next
//! key at the same time one succeeds, and the others read it.

use std::time::Duration;

use super::{
    key_ring::KeyRing,
    reload::reload,
    schedule::{KeySchedule, RETIRE_DELAY},
};
use crate::{
    clock::{Clock, every},
    log_once::FailureLog,
    store::Store,
};

/// Bounds of the interval between two checks whether a key is due: a twentieth of its lifetime.
const MIN_INTERVAL: Duration = Duration::from_millis(250);
const MAX_INTERVAL: Duration = Duration::from_mins(1);

/// How long retired keys stay in the database.
const RETENTION: Duration = Duration::from_hours(24);

#[derive(Clone)]
pub struct KeyRotation {
    pub store: Store,
    pub key_ring: KeyRing,
    pub schedule: KeySchedule,
    pub clock: Clock,
}

impl KeyRotation {
    /// Never returns.
    pub async fn run(&self) {
        let mut tick = every((self.schedule.0 / 20).clamp(MIN_INTERVAL, MAX_INTERVAL));
        let mut failures = FailureLog::new("key rotation");
        loop {
            tick.tick().await;
            failures.record(&self.rotate_if_due().await);
        }
    }

    /// Publishes the next key if it is due.
    pub async fn rotate_if_due(&self) -> Result<(), sqlx::Error> {
        let newest_signs_from = self.key_ring.current().newest().signs_from;
        if self.key_ring.is_secret_superseded() || !self.schedule.is_due(newest_signs_from, self.clock.now()) {
            return Ok(());
        }
        self.rotate().await
    }

    /// Publishes the next key.
    pub async fn rotate(&self) -> Result<(), sqlx::Error> {
        let (keys, now) = (self.key_ring.current(), self.clock.now());
        let signs_from = now.plus(self.schedule.publish_lead_time());
        let next = self.key_ring.generate(keys.newest().generation + 1, now, signs_from);
        if self.store.add_key(&next).await? {
            tracing::info!(kid = next.kid, "next signing key published");
        }
        reload(&self.store, &self.key_ring, self.clock.now()).await
    }

    /// Retires the keys whose last token has expired, and deletes those that were retired long ago. Must not be called
    /// while the clock is in doubt: retiring a key cannot be undone.
    pub async fn retire(&self) -> Result<(), sqlx::Error> {
        let now = self.clock.now();
        self.store.retire_keys(now.minus(RETIRE_DELAY), now).await?;
        self.store.delete_retired_keys(now.minus(RETENTION)).await?;
        reload(&self.store, &self.key_ring, self.clock.now()).await
    }
}
