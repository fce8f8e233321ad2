//! The revocation set: rejects the access tokens of ended sessions without a database query per request.
//!
//! It holds only sessions that ended within the maximum lifetime of an access token; older tokens have expired. It is
//! loaded from the database at startup, so that a restart makes no token valid again. Every service of this process
//! that ends sessions [adds](Revocations::add) them; those that end elsewhere arrive by
//! [`sync`](crate::revocation::sync).

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::watch, time::timeout};

use crate::{
    clock::{Clock, Moment},
    metrics::Metrics,
    model::{
        session::SessionId,
        session_end::{EndedSession, SessionEnd},
    },
    revocation::{
        bars::{WaitingBars, bar},
        ended_sessions::EndedSessions,
        feed::Feed,
        subscribers::Subscribers,
    },
    valkey::Valkey,
};

/// How long an ended session stays in the set: the maximum lifetime of an access token, and a minute for clock skew.
pub const RETENTION: Duration = Duration::from_secs(doorward_verify::MAX_TOKEN_LIFETIME as u64 + 60);

/// How far back the set is complete: a little further than needed, because a clock may be set back a little.
pub const LOAD_WINDOW: Duration = RETENTION.saturating_add(Duration::from_mins(5));

/// Maximum staleness. If no poll has succeeded for this long, requests get 503: otherwise a node without its database
/// would accept sessions that were revoked elsewhere. Eight poll intervals, so that one slow query does not trip it.
pub const MAX_STALENESS: Duration = Duration::from_secs(2);

/// How long a request waits for the next poll while the set is stale. After a machine was suspended or migrated, the
/// first requests arrive before that poll.
const MAX_POLL_WAIT: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub enum RevocationStatus {
    Live,
    Ended(SessionEnd),
    /// The session continues under another id, with other credentials.
    Rotated,
    /// Unknown, because the set is stale.
    Unavailable,
}

/// The two clocks at the beginning of a poll: while a machine is suspended, the uptime stands still.
#[derive(Clone, Copy)]
struct Poll {
    uptime: Duration,
    now: Moment,
}

/// The recently ended sessions.
pub struct Revocations {
    clock: Clock,
    sessions: RwLock<EndedSessions>,
    /// From this time of day on, in milliseconds, the set contains every end that was in the database at the last poll.
    complete_since: AtomicI64,
    /// The beginning of the last successful poll; `None` while polls are not required.
    polled_at: watch::Sender<Option<Poll>>,
    subscribers: Subscribers,
    feed: Feed,
    valkey: Valkey,
    waiting_bars: WaitingBars,
    metrics: Arc<Metrics>,
}

impl Revocations {
    /// An empty set. Notifies `subscribers` and its feed of each session that is added.
    pub fn new(subscribers: Subscribers, valkey: Valkey, metrics: Arc<Metrics>, clock: Clock) -> Self {
        Self {
            clock,
            sessions: RwLock::default(),
            complete_since: AtomicI64::new(i64::MAX),
            polled_at: watch::Sender::default(),
            subscribers,
            feed: Feed::default(),
            valkey,
            waiting_bars: WaitingBars::default(),
            metrics,
        }
    }

    pub fn feed(&self) -> &Feed {
        &self.feed
    }

    pub fn check(&self, session_id: &SessionId) -> RevocationStatus {
        if let Some(revocation) = self.sessions.read().unwrap_or_else(PoisonError::into_inner).ended.get(session_id) {
            let is_rotated = revocation.rotated_to.is_some();
            return if is_rotated {
                RevocationStatus::Rotated
            } else {
                RevocationStatus::Ended(revocation.end.clone())
            };
        }
        if self.is_fresh() { RevocationStatus::Live } else { RevocationStatus::Unavailable }
    }

    /// [`check`](Self::check) that waits for the next poll, half a second at most, while the set is stale.
    pub async fn check_or_wait(&self, session_id: &SessionId) -> RevocationStatus {
        let status = self.check(session_id);
        if !matches!(status, RevocationStatus::Unavailable) {
            return status;
        }
        // Boxed, because nearly all requests do without it.
        Box::pin(self.wait_until_fresh()).await;
        self.check(session_id)
    }

    /// Whether the set is fresh, now or after the next poll.
    pub async fn wait_until_fresh(&self) -> bool {
        if self.is_fresh() {
            return true;
        }
        let mut polls = self.polled_at.subscribe();
        let fresh = async { while !self.is_fresh() && polls.changed().await.is_ok() {} };
        _ = timeout(MAX_POLL_WAIT, fresh).await;
        self.is_fresh()
    }

    /// Whether rotations, which may be several, have led from one session to the other. Known for as long as an access
    /// token of the first one could live.
    pub fn is_rotation_of(&self, session_id: &SessionId, earlier: &SessionId) -> bool {
        let sessions = self.sessions.read().unwrap_or_else(PoisonError::into_inner);
        let mut next = sessions.ended.get(earlier).and_then(|revocation| revocation.rotated_to.as_ref());
        // Each rotation makes a new id, so this is no circle.
        while let Some(id) = next {
            if id == session_id {
                return true;
            }
            next = sessions.ended.get(id).and_then(|revocation| revocation.rotated_to.as_ref());
        }
        false
    }

    /// Whether the staleness is below its maximum, and the set complete as far back as access tokens can be valid. It is
    /// not after the clock was set back, until the next poll.
    pub fn is_fresh(&self) -> bool {
        self.staleness() <= MAX_STALENESS && (!self.requires_polls() || self.is_complete_at(self.clock.now()))
    }

    fn requires_polls(&self) -> bool {
        self.polled_at.borrow().is_some()
    }

    /// Whether the set contains every session whose access tokens can be valid at `now`.
    pub fn is_complete_at(&self, now: Moment) -> bool {
        self.complete_since.load(Ordering::Acquire) <= now.minus(RETENTION).0
    }

    /// Records that every end since `since` has been read.
    pub fn completed(&self, since: Moment) {
        self.complete_since.store(since.0, Ordering::Release);
    }

    /// Restarts the feed: services may lack sessions that matter again, after the clock was set back.
    pub fn republish(&self) {
        let (now, uptime) = (self.clock.now(), self.clock.uptime());
        let sessions = self.sessions.read().unwrap_or_else(PoisonError::into_inner);
        let ended =
            sessions.ended.iter().map(|(id, revocation)| (id, revocation.end.at.unwrap_or(now).plus(RETENTION)));
        self.feed.restart(ended.filter(|(_, until)| *until > now), uptime);
    }

    /// The time of day up to which the set has every end; `None` while it is stale, or nothing polls.
    pub fn complete_until(&self) -> Option<Moment> {
        let poll = *self.polled_at.borrow();
        poll.filter(|_| self.is_fresh()).map(|poll| poll.now.min(self.clock.now()))
    }

    /// Waits for the next successful poll.
    pub async fn next_poll(&self) {
        drop(self.polled_at.subscribe().changed().await);
    }

    /// The time since the last successful poll; zero while polls are not required.
    pub fn staleness(&self) -> Duration {
        let poll = *self.polled_at.borrow();
        poll.map_or(Duration::ZERO, |poll| self.clock.uptime().saturating_sub(poll.uptime))
    }

    pub fn len(&self) -> usize {
        self.sessions.read().unwrap_or_else(PoisonError::into_inner).ended.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds sessions that this process has ended: from now on it rejects their access tokens, and all nodes their cached
    /// sessions.
    pub async fn add(&self, ended: impl IntoIterator<Item = EndedSession>) {
        let ended: Vec<EndedSession> = ended.into_iter().collect();
        for ended in &ended {
            if ended.rotated_to.is_none() {
                self.metrics.ended(ended.end.reason);
            }
            self.insert(ended);
        }
        bar(&self.valkey, ended.iter().filter_map(|ended| ended.credential_hash.as_ref())).await;
    }

    /// Adds sessions read by a poll or after a notification; some may already be in the set.
    pub fn insert_synced(&self, mut ended: Vec<EndedSession>) {
        ended.retain(|ended| self.insert(ended));
        for ended_at in ended.iter().filter_map(|ended| ended.end.at) {
            self.metrics.lag(self.clock.now().since(ended_at));
        }
        // Again: Valkey may have lost the bar, in a failover.
        self.bar_soon(&ended);
    }

    /// Bars these sessions without waiting for Valkey.
    pub fn bar_soon(&self, ended: &[EndedSession]) {
        if self.valkey.is_configured() {
            self.waiting_bars.push(ended.iter().filter_map(|ended| ended.credential_hash.clone()));
        }
    }

    /// Writes the bars of [`bar_soon`](Self::bar_soon). Never returns.
    pub async fn write_waiting_bars(&self) {
        self.waiting_bars.write(&self.valkey).await;
    }

    /// Adds sessions that ended before this process started.
    pub fn insert_loaded(&self, ended: impl IntoIterator<Item = EndedSession>) {
        for ended in ended {
            self.insert(&ended);
        }
    }

    /// From now on the set becomes stale without successful polls. For nodes; the command line does not poll.
    pub fn require_polls(&self) {
        self.polled(self.clock.uptime(), self.clock.now());
    }

    /// Records a successful poll that began at these times.
    pub fn polled(&self, uptime: Duration, now: Moment) {
        self.polled_at.send_replace(Some(Poll { uptime, now }));
    }

    /// Removes the sessions whose last access token has expired.
    pub fn prune(&self) {
        let now = self.clock.uptime();
        let is_old = |received_at| now.saturating_sub(received_at) >= RETENTION;
        let before = self.clock.now().minus(LOAD_WINDOW);
        self.complete_since.fetch_max(before.0, Ordering::AcqRel);
        self.sessions.write().unwrap_or_else(PoisonError::into_inner).prune(is_old, before);
        self.feed.prune(is_old);
    }

    /// Whether the set contains this number of sessions that ended in `second`.
    pub fn is_complete(&self, second: i64, number: i64) -> bool {
        self.sessions.read().unwrap_or_else(PoisonError::into_inner).by_second.get(&second) == Some(&number)
    }

    /// Whether the session was not in the set.
    fn insert(&self, ended: &EndedSession) -> bool {
        // Polls overlap, so most sessions are already there: a read lock does not block requests.
        if self.sessions.read().unwrap_or_else(PoisonError::into_inner).ended.contains_key(&ended.session_id) {
            return false;
        }
        let received_at = self.clock.uptime();
        if !self.sessions.write().unwrap_or_else(PoisonError::into_inner).insert(ended, received_at) {
            return false;
        }
        self.subscribers.notify(ended);
        let now = self.clock.now();
        let until = ended.end.at.unwrap_or(now).plus(RETENTION);
        // At startup, most of the loaded sessions have no valid token left.
        if until > now {
            self.feed.push(&ended.session_id, until, received_at);
        }
        true
    }
}
