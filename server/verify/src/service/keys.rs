//! The key set as this service holds it: fetched again when it grows old, and when somebody names a key that is not in it.
//! The last good set is kept when Doorward cannot be reached.

use std::{
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
    time::Duration,
};

use http::{HeaderMap, header};
use tokio::{
    sync::{Mutex, watch},
    time::{Instant, sleep},
};

use super::{
    back_off::{BackOff, scattered},
    outage::Outage,
    transport::{Failed, Question, Transport, ask},
};
use crate::KeySet;

const PATH: &str = "/.well-known/jwks.json";
/// Far more than a hundred keys.
const MAX_BYTES: usize = 256 * 1024;
/// Requests may wait for it, so it is short.
const PATIENCE: Duration = Duration::from_secs(5);
/// Anybody can name a key that does not exist; Doorward is not asked more often for that.
const BETWEEN_LOOKS: Duration = Duration::from_secs(30);
/// How long a set is kept that does not say it, and the limits for one that does.
const KEPT: (Duration, Duration, Duration) = (Duration::from_mins(5), Duration::from_secs(1), Duration::from_hours(1));

/// The keys that are held now.
#[derive(Default)]
struct Held {
    keys: Arc<KeySet>,
    fetched: Option<Instant>,
    /// When the question began that these are the answer to.
    asked: Option<Instant>,
    /// Until then a proxy may have a copy that is older than what a look past it has found.
    past_caches_until: Option<Instant>,
}

/// Whether a key that was asked for exists.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Look {
    /// It is in the key set now.
    Found,
    /// Doorward does not know it either.
    Unknown,
    /// Doorward could not be asked.
    Unsure,
}

/// The last look for a key that was not held, by one kind of asker.
#[derive(Clone, Default)]
pub(crate) struct Looks(Arc<Mutex<Option<(Instant, bool)>>>);

/// The key set, shared by all requests.
pub(crate) struct Keys {
    transport: Arc<dyn Transport>,
    held: RwLock<Held>,
    changes: watch::Sender<()>,
}

impl Keys {
    /// Holds no key yet; tells `changes` of each answer.
    pub(crate) fn new(transport: Arc<dyn Transport>, changes: watch::Sender<()>) -> Self {
        Self { transport, held: RwLock::default(), changes }
    }

    fn held(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys at this moment.
    pub(crate) fn current(&self) -> Arc<KeySet> {
        self.held().keys.clone()
    }

    /// How long ago they were fetched; `None` when they never were.
    pub(crate) fn age(&self) -> Option<Duration> {
        self.held().fetched.map(|fetched| fetched.elapsed())
    }

    /// Fetches the set again and again, as its age asks for.
    pub(crate) async fn keep_fresh(&self) {
        let (mut back_off, mut outage) = (BackOff::new(), Outage::default());
        loop {
            let past_caches = self.held().past_caches_until.is_some_and(|until| Instant::now() < until);
            match self.fetch(past_caches).await {
                Ok(kept) => {
                    if outage.ends() {
                        tracing::info!("the key set is fetched again");
                    }
                    back_off.reset();
                    sleep(scattered(kept, 0.8)).await;
                }
                Err(failed) => {
                    if outage.begins() {
                        tracing::warn!(%failed, "the key set cannot be fetched");
                    }
                    sleep(back_off.next()).await;
                }
            }
        }
    }

    /// Asks Doorward for a key that is not held: one request at a time, and not again within 30 seconds. Whoever waits for
    /// it may go away: what has begun is finished for the others.
    pub(crate) async fn look_for(self: &Arc<Self>, kid: &str, looks: &Looks) -> Look {
        let mut last = looks.0.clone().lock_owned().await;
        let has = |this: &Self| this.current().get(kid).is_some();
        let looked = match *last {
            _ if has(self) => return Look::Found,
            Some((at, is_told)) if at.elapsed() < BETWEEN_LOOKS => is_told,
            _ => {
                let this = self.clone();
                let look = tokio::spawn(async move {
                    *last = Some((Instant::now(), false));
                    let is_told = this.look().await.is_ok();
                    *last = last.map(|(at, _)| (at, is_told));
                    is_told
                });
                look.await.unwrap_or(false)
            }
        };
        match looked {
            _ if has(self) => Look::Found,
            true => Look::Unknown,
            false => Look::Unsure,
        }
    }

    /// Fetches the set past caches, and has the next fetches do the same for as long as a proxy may keep what it has: its
    /// copy could bring back a key that is gone.
    async fn look(&self) -> Result<(), Failed> {
        let kept = self.fetch(true).await?;
        self.held.write().unwrap_or_else(PoisonError::into_inner).past_caches_until = Some(Instant::now() + kept);
        Ok(())
    }

    /// Replaces the set by what Doorward answers, and says how long that may be kept.
    async fn fetch(&self, past_caches: bool) -> Result<Duration, Failed> {
        let question = Question { path: PATH.into(), past_caches, max_bytes: MAX_BYTES, patience: PATIENCE };
        let asked = Instant::now();
        let answer = ask(&*self.transport, question).await?;
        let keys = Arc::new(KeySet::from_json(&answer.body).map_err(Failed::new)?);

        {
            let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
            // Two questions can be on their way: the answer to the earlier one may come last, or a proxy's after a look.
            let is_late = held.asked.is_some_and(|last| asked < last);
            let is_copy = !past_caches && held.past_caches_until.is_some_and(|until| Instant::now() < until);
            if !is_late && !is_copy {
                *held = Held { keys, fetched: Some(Instant::now()), asked: Some(asked), ..*held };
            }
        }
        self.changes.send_replace(());
        Ok(kept(&answer.headers))
    }
}

/// How long an answer may be kept, less the time that a proxy has kept it already.
fn kept(headers: &HeaderMap) -> Duration {
    let (by_default, least, most) = KEPT;
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let seconds = |text: &str| text.trim().parse().ok().map(Duration::from_secs);

    let mut directives = text(header::CACHE_CONTROL).unwrap_or_default().split(',');
    let max_age = directives.find_map(|directive| directive.trim().strip_prefix("max-age=").and_then(seconds));
    let age = text(header::AGE).and_then(seconds).unwrap_or_default();
    max_age.unwrap_or(by_default).saturating_sub(age).clamp(least, most)
}
