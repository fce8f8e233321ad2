//! Limits concurrent attempts per stored bucket; further ones wait. Otherwise many correct logins of one account at
//! the same time would be refused: each uses up an attempt until its outcome is known.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::model::rate_limit::{Limit, RateLimitKey};

/// Fewer than the usual limit, so that two nodes do not exceed it together.
const MAX_AT_ONCE: usize = 5;

#[derive(Default)]
pub(super) struct Turns {
    by_key: Mutex<HashMap<RateLimitKey, Arc<Semaphore>>>,
}

/// The permission to make an attempt; ends when it is dropped.
pub(super) struct Turn<'a> {
    turns: &'a Turns,
    key: RateLimitKey,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Turns {
    /// Waits for a turn. The places in the hashing queue bound how many wait.
    pub(super) async fn wait(&self, key: &RateLimitKey, limit: Limit) -> Turn<'_> {
        let at_once = usize::try_from(limit.attempts.get()).unwrap_or(usize::MAX).min(MAX_AT_ONCE);
        let semaphore = {
            let mut by_key = self.lock();
            by_key.entry(key.clone()).or_insert_with(|| Arc::new(Semaphore::new(at_once))).clone()
        };
        // Never closed.
        let permit = semaphore.acquire_owned().await.ok();
        Turn { turns: self, key: key.clone(), _permit: permit }
    }

    /// Drops what canceled requests have left.
    pub(super) fn sweep(&self) {
        self.lock().retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RateLimitKey, Arc<Semaphore>>> {
        self.by_key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut by_key = self.turns.lock();
        // The map and this turn: nothing else uses the semaphore, and under the lock nothing begins to.
        if by_key.get(&self.key).is_some_and(|semaphore| Arc::strong_count(semaphore) <= 2) {
            by_key.remove(&self.key);
        }
    }
}
