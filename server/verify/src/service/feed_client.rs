//! The client of the revocation feed: long polling, one request after the other, for as long as the service runs.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use super::{
    backoff::Backoff,
    clock::Clock,
    failure_state::FailureState,
    jwks_client::{JwksClient, LookupOutcome, MissCooldown},
    revoked::RevokedSessions,
    transport::{FetchError, FetchRequest, Transport, fetch},
};
use crate::{
    TokenError,
    feed::{FEED_KIND, FeedPage},
    jws,
};

const PATH: &str = "/.well-known/revocations";
/// How long Doorward holds a request before it responds with a page without changes.
const LONG_POLL: Duration = Duration::from_secs(25);
const TIMEOUT: Duration = LONG_POLL.saturating_add(Duration::from_secs(5));
/// The longest time between two pages of a healthy feed: one request times out because its connection was lost, and the
/// next one is held to its end. The remainder is for delays between requests and for `iat`, which is in whole seconds.
pub(crate) const MAX_HEALTHY_SILENCE: Duration =
    TIMEOUT.saturating_add(LONG_POLL).saturating_add(Duration::from_secs(5));
const MAX_CURSOR_BYTES: usize = 256;
/// The minimum interval between requests after a page with changes, so that one page carries many revocations.
const MIN_INTERVAL_AFTER_CHANGES: Duration = Duration::from_millis(50);
/// The same after a page without changes, which a proxy may send at once for as long as it caches the page.
const MIN_INTERVAL: Duration = Duration::from_millis(250);

/// Follows the feed and applies its pages to the revoked sessions of a service.
pub(crate) struct FeedClient {
    issuer: String,
    transport: Arc<dyn Transport>,
    jwks: Arc<JwksClient>,
    revoked: Arc<RevokedSessions>,
    clock: Clock,
    updates: watch::Sender<()>,
    /// Where to continue; `None` requests every session that still matters.
    cursor: Option<String>,
    /// Separate from that of access tokens, so that requests with made-up keys cannot delay the feed.
    cooldown: MissCooldown,
    clock_skew: FailureState,
}

impl FeedClient {
    /// Notifies `updates` of each page.
    pub(crate) fn new(
        issuer: String,
        transport: Arc<dyn Transport>,
        jwks: Arc<JwksClient>,
        revoked: Arc<RevokedSessions>,
        clock: Clock,
        updates: watch::Sender<()>,
    ) -> Self {
        let (cooldown, clock_skew) = (MissCooldown::default(), FailureState::default());
        Self { issuer, transport, jwks, revoked, clock, updates, cursor: None, cooldown, clock_skew }
    }

    /// Runs until the task is aborted.
    pub(crate) async fn run(mut self) {
        let mut backoff = Backoff::new();
        let mut failures = FailureState::default();
        loop {
            let started = Instant::now();
            match self.poll().await {
                Ok(has_changes) => {
                    if failures.recovered() {
                        tracing::info!("revocation feed recovered");
                    }
                    backoff.reset();
                    sleep_until(started + if has_changes { MIN_INTERVAL_AFTER_CHANGES } else { MIN_INTERVAL }).await;
                }
                Err(error) => {
                    if failures.failed() {
                        tracing::warn!(%error, "revocation feed failed; retrying");
                    }
                    sleep(backoff.next_delay()).await;
                }
            }
        }
    }

    /// Requests the next page and applies it; true if it revoked a session that was not known.
    async fn poll(&mut self) -> Result<bool, FetchError> {
        let path = match &self.cursor {
            Some(cursor) => format!("{PATH}?after={}", percent_encode(cursor)),
            None => PATH.into(),
        };
        let request = FetchRequest { path, bypass_caches: false, max_bytes: FEED_KIND.max_bytes, timeout: TIMEOUT };
        let response = fetch(&*self.transport, request).await?;
        let token = str::from_utf8(&response.body).map_err(FetchError::new)?;
        let page = self.verify(token).await?;

        if let Err(reason) = self.check_continues(&page) {
            // The same cursor could get the same page again: start over with the complete set.
            self.cursor = None;
            return Err(FetchError::new(reason));
        }
        let applied = self.revoked.apply(&page, self.clock.now(), Instant::now()).map_err(FetchError::new)?;
        self.log_clock_skew(applied.seconds_ahead);
        self.cursor = Some(page.cursor);
        self.updates.send_replace(());
        Ok(applied.has_changes)
    }

    fn log_clock_skew(&mut self, seconds_ahead: Option<i64>) {
        match seconds_ahead {
            Some(seconds) if self.clock_skew.failed() => {
                tracing::warn!(seconds, "Doorward's clock is ahead of this one; the revocation feed will become stale");
            }
            None if self.clock_skew.recovered() => tracing::info!("Doorward's clock agrees with this one again"),
            _ => {}
        }
    }

    /// Verifies the signature of a page. An unknown key is looked up: after a reset of the signing keys, the feed is
    /// how a service detects that the old keys are revoked.
    async fn verify(&self, token: &str) -> Result<FeedPage, FetchError> {
        let mut unknown_kid = None;
        let keys = self.jwks.current();
        let verified = jws::verify(token, FEED_KIND, |kid| {
            let key = keys.get(kid?);
            unknown_kid = if key.is_none() { kid.map(str::to_owned) } else { None };
            key
        });
        let error = match (verified, unknown_kid) {
            (Ok(page), _) => return Ok(page),
            (Err(error), None) => error,
            (Err(error), Some(kid)) => match self.jwks.look_up(&kid, &self.cooldown).await {
                LookupOutcome::Found => {
                    let keys = self.jwks.current();
                    return jws::verify(token, FEED_KIND, |kid| keys.get(kid?)).map_err(not_genuine);
                }
                LookupOutcome::NotFound | LookupOutcome::Unavailable => error,
            },
        };
        Err(not_genuine(error))
    }

    /// Checks that a genuine page is the one that was requested.
    fn check_continues(&self, page: &FeedPage) -> Result<(), &'static str> {
        if page.iss != self.issuer {
            return Err("feed page of another issuer");
        }
        if page.after.is_some() && page.after != self.cursor {
            return Err("feed page for another cursor");
        }
        if page.cursor.len() > MAX_CURSOR_BYTES {
            return Err("cursor too long");
        }
        Ok(())
    }
}

fn not_genuine(error: TokenError) -> FetchError {
    FetchError::new(format_args!("feed page not genuine: {error}"))
}

/// Encodes a value of a query string (RFC 3986, section 2.1).
fn percent_encode(text: &str) -> String {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encoded = |byte: u8| if is_unreserved(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encoded).collect()
}
