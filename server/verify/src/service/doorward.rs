//! The handle that a service holds: verifies access tokens against the key set and the revocation feed.

use std::{fmt, sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue, header};
use tokio::{sync::watch, task::JoinSet, time::Instant};

use super::{
    clock::Clock,
    feed_client::FeedClient,
    jwks_client::{JwksClient, LookupOutcome, MissCooldown},
    rejection::Rejection,
    revoked::RevokedSessions,
    staleness::Staleness,
    stats::Stats,
    transport::Transport,
};
use crate::{AccessTokenVerifier, Claims, TokenError, bearer_token, key_set::MAX_KID_BYTES};

/// Verifies access tokens for one service. Made by [`Doorward::at`] and [`Settings::start`](super::Settings::start).
///
/// Clones share keys, revoked sessions, cache and background tasks; the tasks stop when the last clone is dropped.
#[derive(Clone)]
pub struct Doorward(Arc<Inner>);

struct Inner {
    issuer: String,
    verifier: AccessTokenVerifier,
    staleness: Staleness,
    clock: Clock,
    jwks: Arc<JwksClient>,
    /// For the keys that access tokens name; the feed client has its own.
    cooldown: MissCooldown,
    revoked: Arc<RevokedSessions>,
    /// Notified after each response that changed the key set or the revoked sessions.
    updates: watch::Sender<()>,
    /// Aborts its tasks on drop.
    _background: JoinSet<()>,
}

impl Doorward {
    /// Starts the background tasks in the current Tokio runtime.
    pub(super) fn run(
        issuer: String,
        verifier: AccessTokenVerifier,
        staleness: Staleness,
        clock: Clock,
        transport: Arc<dyn Transport>,
    ) -> Self {
        let updates = watch::Sender::default();
        let jwks = Arc::new(JwksClient::new(transport.clone(), updates.clone()));
        let revoked = Arc::<RevokedSessions>::default();
        let feed_client =
            FeedClient::new(issuer.clone(), transport, jwks.clone(), revoked.clone(), clock.clone(), updates.clone());

        let mut background = JoinSet::new();
        let refreshed = jwks.clone();
        background.spawn(async move { refreshed.keep_fresh().await });
        background.spawn(feed_client.run());
        let cooldown = MissCooldown::default();
        Self(Arc::new(Inner {
            issuer,
            verifier,
            staleness,
            clock,
            jwks,
            cooldown,
            revoked,
            updates,
            _background: background,
        }))
    }

    /// Waits until the key set and the revocation feed have been read; until then, requests get 503.
    ///
    /// With [`WhenStale::Accept`](super::WhenStale::Accept), too, it waits for both: before the feed has been read,
    /// revoked sessions are not known. Wrap it in a timeout to start while Doorward cannot be reached.
    pub async fn ready(&self) {
        let mut updates = self.0.updates.subscribe();
        while self.0.jwks.age().is_none() || self.0.is_stale() {
            if updates.changed().await.is_err() {
                return;
            }
        }
    }

    /// Verifies an access token, and that its session has not been revoked; gives the claims.
    ///
    /// Works in memory. Only a `kid` that is not in the key set causes a request to Doorward, at most one every 30
    /// seconds.
    ///
    /// # Errors
    ///
    /// [`Rejection`], but neither `TokenMissing` nor `Forbidden`, `StepUpRequired` or `AcrRequired`. `Unavailable` does not mean that the token is bad: the key
    /// set could not be fetched, or the revocation feed is stale.
    pub async fn verify(&self, token: &str) -> Result<Arc<Claims>, Rejection> {
        let inner = &*self.0;
        let (mut now, mut unknown_kid) = (inner.clock.now(), None);
        let mut verified = inner.verify_signed(token, now, &mut unknown_kid);
        if let Some(kid) = unknown_kid {
            let outcome = inner.jwks.look_up(&kid, &inner.cooldown).await;
            now = inner.clock.now();
            verified = match outcome {
                LookupOutcome::Found => inner.verify_signed(token, now, &mut None),
                LookupOutcome::NotFound => verified,
                LookupOutcome::Unavailable => return Err(Rejection::Unavailable),
            };
        }
        let claims = verified.map_err(|error| match error {
            TokenError::Expired => Rejection::TokenExpired,
            TokenError::Invalid(reason) => {
                tracing::debug!(reason, "access token rejected");
                Rejection::TokenInvalid
            }
        })?;

        let session = inner.revoked.status(&claims.sid, now, Instant::now());
        if session.is_revoked {
            return Err(Rejection::SessionEnded);
        }
        if inner.staleness.rejects(session.feed_age) {
            return Err(Rejection::Unavailable);
        }
        Ok(claims)
    }

    /// Verifies the bearer token of a request, for servers without Axum's extractors, which do the same.
    ///
    /// The token must be in exactly one `Authorization: Bearer` header; other schemes, query, form and cookies are ignored (RFC 9700,
    /// section 4.3.2).
    ///
    /// # Errors
    ///
    /// [`Rejection::TokenMissing`] without such a header, otherwise as [`verify`](Self::verify).
    pub async fn verify_headers(&self, headers: &HeaderMap) -> Result<Arc<Claims>, Rejection> {
        let values = headers.get_all(header::AUTHORIZATION).iter().map(HeaderValue::as_bytes);
        let token = bearer_token(values).map_err(|_| Rejection::TokenInvalid)?;
        self.verify(token.ok_or(Rejection::TokenMissing)?).await
    }

    /// Requires that the user has proved who they are, at the login or with a confirmation, less than `max_age` seconds ago.
    ///
    /// The leeway for clock skew counts against the caller. A token of a Doorward without confirmations has no `acr` and is
    /// rejected: the next one has it.
    ///
    /// # Errors
    ///
    /// [`Rejection::StepUpRequired`].
    pub fn require_recent(&self, claims: &Claims, max_age: u64) -> Result<(), Rejection> {
        let latest = self.0.clock.now().saturating_add(self.0.verifier.leeway_seconds());
        if claims.is_recent(max_age, latest) { Ok(()) } else { Err(Rejection::StepUpRequired { max_age }) }
    }

    /// The current statistics, for metrics.
    pub fn stats(&self) -> Stats {
        let inner = &*self.0;
        let feed_age = inner.feed_age();
        Stats {
            is_stale: inner.staleness.is_stale(feed_age),
            feed_age,
            last_delay: inner.revoked.last_delay(),
            revoked_sessions: inner.revoked.len(),
            keys: inner.jwks.current().len(),
            keys_age: inner.jwks.age(),
            cached_tokens: inner.verifier.cached_tokens(),
            cache_hits: inner.verifier.cache_hits(),
        }
    }

    #[cfg(any(test, feature = "testing"))]
    pub(super) fn revoked(&self) -> &RevokedSessions {
        &self.0.revoked
    }
}

impl Inner {
    fn verify_signed(
        &self,
        token: &str,
        now: i64,
        unknown_kid: &mut Option<String>,
    ) -> Result<Arc<Claims>, TokenError> {
        let keys = self.jwks.current();
        self.verifier.verify_or_report_kid(token, &keys, now, |kid| {
            // A longer one cannot be in the key set, so it is not worth a lookup.
            *unknown_kid = (kid.len() <= MAX_KID_BYTES).then(|| kid.to_owned());
        })
    }

    fn feed_age(&self) -> Option<Duration> {
        self.revoked.feed_age(self.clock.now(), Instant::now())
    }

    fn is_stale(&self) -> bool {
        self.staleness.is_stale(self.feed_age())
    }
}

// Without the cached tokens, which are credentials.
impl fmt::Debug for Doorward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doorward").field("issuer", &self.0.issuer).field("stats", &self.stats()).finish()
    }
}
