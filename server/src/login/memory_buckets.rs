//! Rate limit buckets in memory, bounded. When all places are taken, new keys are refused: evicting a bucket would give
//! its owner a new one.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ipnet::IpNet;

use crate::{
    clock::Moment,
    model::{
        rate_limit::{Bucket, Limit},
        session::SessionId,
        user::UserId,
    },
};

/// While all places are taken, time between two searches for full buckets.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// Identifies a bucket.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) enum MemoryKey {
    Network(&'static str, IpNet),
    /// Everything of one purpose on this node.
    Node(&'static str),
    Account(&'static str, UserId),
    Session(SessionId),
}

pub(super) struct MemoryBuckets {
    places: usize,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// When the whole allowance is available again. Without an entry, it is.
    free_at: HashMap<MemoryKey, Moment>,
    swept_at: Option<Moment>,
}

impl MemoryBuckets {
    pub(super) fn with_places(places: usize) -> Self {
        Self { places, inner: Mutex::default() }
    }

    /// Takes one attempt from each bucket, or from none and returns the time to wait.
    pub(super) fn take(&self, buckets: &[(MemoryKey, Limit)], now: Moment) -> Result<(), Duration> {
        let mut inner = self.lock();
        let spent = buckets.iter().map(|(key, limit)| {
            let free_at = inner.free_at.get(key).copied().unwrap_or(now);
            // Without failures: the rate stays the same.
            limit.spend(Bucket { failures: 0, free_at }, now).map(|bucket| bucket.free_at)
        });
        let spent: Vec<_> = spent.collect();
        if let Some(wait) = spent.iter().filter_map(|spent| spent.err()).max() {
            return Err(wait);
        }

        let added = buckets.iter().filter(|(key, _)| !inner.free_at.contains_key(key)).count();
        if inner.free_at.len() + added > self.places {
            inner.sweep_at_intervals(now);
            if inner.free_at.len() + added > self.places {
                return Err(SWEEP_INTERVAL);
            }
        }
        let spent = spent.into_iter().flatten();
        inner.free_at.extend(buckets.iter().map(|(key, _)| key.clone()).zip(spent));
        Ok(())
    }

    /// Gives back what was taken.
    pub(super) fn give_back(&self, buckets: &[(MemoryKey, Limit)]) {
        let mut inner = self.lock();
        for (key, limit) in buckets {
            if let Some(free_at) = inner.free_at.get_mut(key) {
                *free_at = free_at.minus(limit.interval(0));
            }
        }
    }

    /// Drops the buckets that are full again.
    pub(super) fn sweep(&self, now: Moment) {
        let mut inner = self.lock();
        inner.sweep(now);
        inner.free_at.shrink_to_fit();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn sweep(&mut self, now: Moment) {
        self.free_at.retain(|_, free_at| *free_at > now);
        self.swept_at = Some(now);
    }

    /// A search through all places at every attempt would make a flood more expensive for us than for its sender.
    fn sweep_at_intervals(&mut self, now: Moment) {
        if self.swept_at.is_none_or(|swept_at| now.since(swept_at) >= SWEEP_INTERVAL) {
            self.sweep(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment(0);

    fn limit() -> Limit {
        "2/10s".parse().expect("a limit")
    }

    fn session(name: &str) -> (MemoryKey, Limit) {
        (MemoryKey::Session(SessionId(name.into())), limit())
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let (buckets, ada) = (MemoryBuckets::with_places(10), [session("ada")]);
        for _ in 0..100 {
            buckets.take(&ada, START).expect("an attempt");
            buckets.give_back(&ada);
        }
        for _ in 0..2 {
            buckets.take(&ada, START).expect("an attempt");
        }
        assert_eq!(buckets.take(&ada, START), Err(Duration::from_secs(5)));
    }

    #[test]
    fn a_refused_attempt_takes_nothing_from_the_other_buckets() {
        let buckets = MemoryBuckets::with_places(10);
        let (both, ada) = ([session("ada"), session("bob")], [session("ada")]);
        for _ in 0..2 {
            buckets.take(&[session("bob")], START).expect("an attempt");
        }
        for _ in 0..10 {
            buckets.take(&both, START).expect_err("bob's bucket is empty");
        }
        buckets.take(&ada, START).expect("ada's bucket is full");
    }

    #[test]
    fn a_flood_of_keys_evicts_no_bucket_and_takes_no_more_places() {
        let (buckets, ada) = (MemoryBuckets::with_places(10), [session("ada")]);
        for _ in 0..2 {
            buckets.take(&ada, START).expect("an attempt");
        }
        let flood = |now| (0..100).filter(|n| buckets.take(&[session(&n.to_string())], now).is_ok()).count();
        assert_eq!(flood(START), 9);
        buckets.take(&ada, START).expect_err("still empty");
        assert_eq!(buckets.lock().free_at.len(), 10);
        // Once the buckets are full again, their places are free.
        assert_eq!(flood(START.plus(Duration::from_mins(1))), 10);
    }
}
