//! Revocation: a session that ends takes its access tokens with it, without a database query per request.
//!
//! The set holds only sessions that ended within the longest life of an access token; older tokens are dead anyway.
//! It is filled from the database at start, so that a restart revives nothing (R38), and kept up to date by whoever
//! ends a session in this process and by the [`follower`](crate::revocation::sync).

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::{sync::watch, time::timeout};

use crate::{
    clock::Clock,
    metrics::Metrics,
    model::session::{EndedSession, SessionEnd, SessionId},
    revocation::{feed::Feed, subscribers::Subscribers},
};

/// How long an ended session is remembered: the longest life of an access token, and a minute for good measure.
pub const RETENTION: Duration = Duration::from_secs(doorward_verify::MAX_TOKEN_LIFETIME as u64 + 60);

/// How far back the database is asked at start: further than needed, in case somebody has set the time of day (F3).
pub const READ_BACK: Duration = Duration::from_hours(24);

/// Without a look into the database for this long, nobody is let in (F10). Eight looks: a busy moment is no outage, and a
/// longer wait would let in whoever was locked out on another node.
pub const MAX_STALENESS: Duration = Duration::from_secs(2);

/// How long a request waits for the next look before it is refused. After a machine has stood still for a while, asleep or
/// moved, the first requests come before it.
const NEXT_LOOK: Duration = Duration::from_millis(500);

/// Whether a session may act, as far as this process knows.
#[derive(Debug)]
pub enum RevocationStatus {
    /// It has not ended lately.
    Live,
    /// It has.
    Ended(SessionEnd),
    /// It may have: this process has not seen the database for too long.
    Unavailable,
}

#[derive(Default)]
struct Known {
    /// Each with how long this process had run when it heard of it: the time of day could be set back, and an old token
    /// would be good again.
    ended: HashMap<SessionId, (SessionEnd, Duration)>,
    /// How many ended in each second.
    by_second: HashMap<i64, i64>,
}

impl Known {
    /// Whether this is news.
    fn insert(&mut self, ended: &EndedSession, heard: Duration) -> bool {
        let Entry::Vacant(place) = self.ended.entry(ended.session_id.clone()) else { return false };
        place.insert((ended.end.clone(), heard));
        if let Some(at) = ended.end.at {
            *self.by_second.entry(at.seconds()).or_default() += 1;
        }
        true
    }

    fn forget(&mut self, is_old: impl Fn(Duration) -> bool) {
        let by_second = &mut self.by_second;
        self.ended.retain(|_, (end, heard)| {
            let is_old = is_old(*heard);
            if let (true, Some(at)) = (is_old, end.at)
                && let Entry::Occupied(mut number) = by_second.entry(at.seconds())
            {
                *number.get_mut() -= 1;
                if *number.get() == 0 {
                    number.remove();
                }
            }
            !is_old
        });
    }
}

/// The sessions that ended lately, each with its end.
pub struct Revocations {
    clock: Clock,
    known: RwLock<Known>,
    /// How long this process had run when the database was last read; `None` while nobody follows it.
    read: watch::Sender<Option<Duration>>,
    subscribers: Subscribers,
    feed: Feed,
    metrics: Arc<Metrics>,
}

impl Revocations {
    /// An empty set, which tells these tabs, and its feed, of what it hears.
    pub fn new(subscribers: Subscribers, metrics: Arc<Metrics>, clock: Clock) -> Self {
        Self {
            clock,
            known: RwLock::default(),
            read: watch::Sender::default(),
            subscribers,
            feed: Feed::default(),
            metrics,
        }
    }

    /// What services are told.
    pub fn feed(&self) -> &Feed {
        &self.feed
    }

    /// Whether the session may act.
    pub fn check(&self, session_id: &SessionId) -> RevocationStatus {
        if let Some((end, _)) = self.known.read().unwrap_or_else(PoisonError::into_inner).ended.get(session_id) {
            return RevocationStatus::Ended(end.clone());
        }
        if self.is_fresh() { RevocationStatus::Live } else { RevocationStatus::Unavailable }
    }

    /// The same, and what is not known is waited for, for half a second at most.
    pub async fn check_patiently(&self, session_id: &SessionId) -> RevocationStatus {
        let standing = self.check(session_id);
        if !matches!(standing, RevocationStatus::Unavailable) {
            return standing;
        }
        self.is_fresh_soon().await;
        self.check(session_id)
    }

    /// Whether the set is as new as it has to be, now or after the next look.
    pub async fn is_fresh_soon(&self) -> bool {
        if self.is_fresh() {
            return true;
        }
        let mut looks = self.read.subscribe();
        let next_look = async { while !self.is_fresh() && looks.changed().await.is_ok() {} };
        _ = timeout(NEXT_LOOK, next_look).await;
        self.is_fresh()
    }

    /// Whether the set is as new as it has to be.
    pub fn is_fresh(&self) -> bool {
        self.staleness() <= MAX_STALENESS
    }

    /// The time since the database was last read; nothing while nobody follows it.
    pub fn staleness(&self) -> Duration {
        let read = *self.read.borrow();
        read.map_or(Duration::ZERO, |read| self.clock.uptime().saturating_sub(read))
    }

    /// The number of sessions that are remembered.
    pub fn len(&self) -> usize {
        self.known.read().unwrap_or_else(PoisonError::into_inner).ended.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// From now on the access tokens of sessions that this process has ended are refused.
    pub fn add(&self, ended: impl IntoIterator<Item = EndedSession>) {
        for ended in ended {
            self.metrics.ended(ended.end.reason);
            self.insert(&ended);
        }
    }

    /// The same, for what the database has told; some of it is known already.
    pub fn insert_synced(&self, ended: impl IntoIterator<Item = EndedSession>) {
        for ended in ended {
            if let (true, Some(ended_at)) = (self.insert(&ended), ended.end.at) {
                self.metrics.lag(self.clock.now().since(ended_at));
            }
        }
    }

    /// The same, for what had ended before this process began.
    pub fn insert_loaded(&self, ended: impl IntoIterator<Item = EndedSession>) {
        for ended in ended {
            self.insert(&ended);
        }
    }

    /// Somebody follows the database from now on: if that fails, the set is not to be trusted.
    pub fn require_polls(&self) {
        self.polled(self.clock.uptime());
    }

    /// The database was read when this process had run for `uptime`.
    pub fn polled(&self, uptime: Duration) {
        self.read.send_replace(Some(uptime));
    }

    /// Forgets the sessions whose last access token has expired by now.
    pub fn sweep(&self) {
        let now = self.clock.uptime();
        let is_old = |heard| now.saturating_sub(heard) >= RETENTION;
        self.known.write().unwrap_or_else(PoisonError::into_inner).forget(is_old);
        self.feed.forget(is_old);
    }

    /// Whether this many that ended in a second are all that there are.
    pub fn has_all(&self, second: i64, number: i64) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).by_second.get(&second) == Some(&number)
    }

    /// Whether this is news.
    fn insert(&self, ended: &EndedSession) -> bool {
        // Most of what is read is read again: requests that are let in need not wait for that.
        if self.known.read().unwrap_or_else(PoisonError::into_inner).ended.contains_key(&ended.session_id) {
            return false;
        }
        let heard = self.clock.uptime();
        if !self.known.write().unwrap_or_else(PoisonError::into_inner).insert(ended, heard) {
            return false;
        }
        self.subscribers.tell(ended);
        let now = self.clock.now();
        let until = ended.end.at.unwrap_or(now).plus(RETENTION);
        // At a start much is read of which no token lives any more.
        if until > now {
            self.feed.push(&ended.session_id, until, heard);
        }
        true
    }
}
