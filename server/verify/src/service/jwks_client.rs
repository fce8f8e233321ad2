//! The client of `/.well-known/jwks.json`: refreshes the key set before it expires, and looks up keys that are not in
//! it. While Doorward cannot be reached, the last good key set stays in use.

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
    backoff::{Backoff, jittered},
    failure_state::FailureState,
    transport::{FetchError, FetchRequest, Transport, fetch},
};
use crate::KeySet;

const PATH: &str = "/.well-known/jwks.json";
/// Room for more than a thousand keys.
const MAX_BYTES: usize = 256 * 1024;
/// Short, because requests may wait for a lookup.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The minimum interval between lookups, because a token can contain any `kid`.
const COOLDOWN: Duration = Duration::from_secs(30);
const DEFAULT_MAX_AGE: Duration = Duration::from_mins(5);
const MIN_MAX_AGE: Duration = Duration::from_secs(1);
const MAX_MAX_AGE: Duration = Duration::from_hours(1);

#[derive(Default)]
struct State {
    keys: Arc<KeySet>,
    fetched_at: Option<Instant>,
    /// When the request for `keys` was sent.
    requested_at: Option<Instant>,
    /// Until then, a proxy may have a copy that is older than `keys`.
    bypass_caches_until: Option<Instant>,
}

/// The outcome of looking up a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LookupOutcome {
    /// The key is in the key set now.
    Found,
    /// Doorward does not publish such a key.
    NotFound,
    /// Doorward could not be reached.
    Unavailable,
}

/// The last lookup, which suppresses further ones for a while. Access tokens and the feed have one each.
#[derive(Clone, Default)]
pub(crate) struct MissCooldown(Arc<Mutex<Option<Lookup>>>);

#[derive(Clone, Copy)]
struct Lookup {
    started_at: Instant,
    succeeded: bool,
}

/// The key set of a service, shared by all requests.
pub(crate) struct JwksClient {
    transport: Arc<dyn Transport>,
    state: RwLock<State>,
    updates: watch::Sender<()>,
}

impl JwksClient {
    /// Starts with an empty key set. Notifies `updates` of each response.
    pub(crate) fn new(transport: Arc<dyn Transport>, updates: watch::Sender<()>) -> Self {
        Self { transport, state: RwLock::default(), updates }
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn current(&self) -> Arc<KeySet> {
        self.state().keys.clone()
    }

    /// The time since the key set was fetched; `None` before the first time.
    pub(crate) fn age(&self) -> Option<Duration> {
        self.state().fetched_at.map(|fetched_at| fetched_at.elapsed())
    }

    fn has(&self, kid: &str) -> bool {
        self.state().keys.get(kid).is_some()
    }

    /// Fetches the key set again and again, each time before its `max-age` ends.
    pub(crate) async fn keep_fresh(&self) {
        let (mut backoff, mut failures) = (Backoff::new(), FailureState::default());
        loop {
            let bypass_caches = self.state().bypass_caches_until.is_some_and(|until| Instant::now() < until);
            match self.fetch(bypass_caches).await {
                Ok(max_age) => {
                    if failures.recovered() {
                        tracing::info!("fetching the key set recovered");
                    }
                    backoff.reset();
                    sleep(jittered(max_age, 0.8)).await;
                }
                Err(error) => {
                    if failures.failed() {
                        tracing::warn!(%error, "fetching the key set failed; retrying");
                    }
                    sleep(backoff.next_delay()).await;
                }
            }
        }
    }

    /// Fetches the key set for a `kid` that is not in it: one request at a time, shared by all who wait (single
    /// flight), and none within 30 seconds of the last one. A caller that is canceled does not cancel the request for
    /// the others.
    pub(crate) async fn look_up(self: &Arc<Self>, kid: &str, cooldown: &MissCooldown) -> LookupOutcome {
        let mut last = cooldown.0.clone().lock_owned().await;
        if self.has(kid) {
            return LookupOutcome::Found;
        }
        let succeeded = match *last {
            Some(lookup) if lookup.started_at.elapsed() < COOLDOWN => lookup.succeeded,
            _ => {
                let client = self.clone();
                let lookup = tokio::spawn(async move {
                    let started_at = Instant::now();
                    *last = Some(Lookup { started_at, succeeded: false });
                    let succeeded = client.fetch_bypassing_caches().await.is_ok();
                    *last = Some(Lookup { started_at, succeeded });
                    succeeded
                });
                lookup.await.unwrap_or(false)
            }
        };
        match succeeded {
            _ if self.has(kid) => LookupOutcome::Found,
            true => LookupOutcome::NotFound,
            false => LookupOutcome::Unavailable,
        }
    }

    /// Fetches the key set past caches, and makes the next fetches do the same for as long as a proxy may cache an
    /// older one, which could bring back a key that was removed.
    async fn fetch_bypassing_caches(&self) -> Result<(), FetchError> {
        let max_age = self.fetch(true).await?;
        self.state.write().unwrap_or_else(PoisonError::into_inner).bypass_caches_until = Some(Instant::now() + max_age);
        Ok(())
    }

    /// Replaces the key set by the one that Doorward publishes; gives its `max-age`.
    async fn fetch(&self, bypass_caches: bool) -> Result<Duration, FetchError> {
        let request = FetchRequest { path: PATH.into(), bypass_caches, max_bytes: MAX_BYTES, timeout: TIMEOUT };
        let requested_at = Instant::now();
        let response = fetch(&*self.transport, request).await?;
        let keys = Arc::new(KeySet::from_json(&response.body).map_err(FetchError::new)?);

        {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            // The refresh and a lookup can be in flight together. The response to the older request may arrive last, or
            // from a proxy with a copy from before the lookup.
            let is_late = state.requested_at.is_some_and(|last| requested_at < last);
            let is_cached = !bypass_caches && state.bypass_caches_until.is_some_and(|until| Instant::now() < until);
            if !is_late && !is_cached {
                *state = State {
                    keys,
                    fetched_at: Some(Instant::now()),
                    requested_at: Some(requested_at),
                    bypass_caches_until: state.bypass_caches_until,
                };
            }
        }
        self.updates.send_replace(());
        Ok(remaining_max_age(&response.headers))
    }
}

/// How long a response may still be used: its `max-age` minus its `Age` in a proxy's cache (RFC 9111, section 4.2).
fn remaining_max_age(headers: &HeaderMap) -> Duration {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let seconds = |text: &str| text.trim().parse().ok().map(Duration::from_secs);

    let mut directives = text(header::CACHE_CONTROL).unwrap_or_default().split(',');
    let max_age = directives.find_map(|directive| directive.trim().strip_prefix("max-age=").and_then(seconds));
    let age = text(header::AGE).and_then(seconds).unwrap_or_default();
    max_age.unwrap_or(DEFAULT_MAX_AGE).saturating_sub(age).clamp(MIN_MAX_AGE, MAX_MAX_AGE)
}
