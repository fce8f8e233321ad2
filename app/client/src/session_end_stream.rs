//! The server's stream of session ends: shows at once that the session was ended on another device.
//!
//! ```text
//!   page visible ─▶ lock granted ─▶ open ─▶ session-ended ─▶ the session ends in all tabs
//!             ▲                      ▲ │
//!             │ hidden: release both │ ▼ closed, rejected, no response
//!             └────────────────────  pause
//! ```
//!
//! One tab listens for all tabs that share the session, because browsers limit the number of connections to a server. It is
//! a visible tab: a hidden one may be frozen, and revalidates its session when it becomes visible again. That the stream
//! breaks does not mean that the session has ended, and is not shown.

use std::{cell::Cell, pin::pin, rc::Rc, time::Duration};

use futures::{
    StreamExt,
    future::{Either, select},
    stream::LocalBoxStream,
};

use crate::{
    SessionEnd,
    auth_api::TIMEOUT,
    backoff::{self, RetryTimer},
    clock::Moment,
    current_session::CurrentSession,
    platform::{LockName, NoResponse, Platform, StreamResponse, timeout},
    refresher::{RefreshReason, Refresher},
    request::{Authorization, Method, Rejection, Request},
    session_end,
    sse::EventParser,
    state::{Epoch, SessionEvent},
};

const EVENTS: &str = "/api/sessions/events";

/// A stream that lasted longer than this resets the back-off.
const SUCCESSFUL: Duration = Duration::from_secs(10);

/// The server sends a comment at least every 15 seconds. After three missing ones, the connection is dead: a router may have
/// dropped it silently.
const SILENCE: Duration = Duration::from_secs(45);

/// Listens for the end of the session while the page is visible.
pub(crate) struct SessionEndStream<P> {
    platform: Rc<P>,
    session: Rc<CurrentSession<P>>,
    refresher: Rc<Refresher<P>>,
    retry: Rc<RetryTimer<P>>,
    is_visible: Cell<bool>,
    /// The server's `Retry-After`. It outlives the session and the visibility of the page.
    retry_at: Cell<Moment>,
}

/// Result of listening once.
enum StreamOutcome {
    /// The session has ended.
    Ended(SessionEnd),
    /// The server has no such stream.
    Unsupported,
    /// The server rejected the access token.
    Rejected(Authorization),
    /// The stream broke or could not be opened.
    Closed { retry_after: Option<Duration> },
}

impl<P: Platform> SessionEndStream<P> {
    pub(crate) fn new(
        platform: Rc<P>,
        session: Rc<CurrentSession<P>>,
        refresher: Rc<Refresher<P>>,
        retry: Rc<RetryTimer<P>>,
    ) -> Self {
        Self { platform, session, refresher, retry, is_visible: Cell::default(), retry_at: Cell::default() }
    }

    /// The page became visible or hidden.
    pub(crate) fn set_visible(&self, is_visible: bool) {
        if self.is_visible.replace(is_visible) != is_visible {
            self.session.changed.notify();
        }
    }

    /// Listens for as long as the session of this epoch is active. Returns its end if the server reports it.
    pub(crate) async fn listen_for_end(&self, epoch: Epoch) -> Option<SessionEnd> {
        while self.session.expires_at(epoch).is_some() {
            let changed = self.session.changed.notified();
            if !self.is_visible.get() {
                changed.await;
                continue;
            }
            if let Either::Left((end, _)) = select(pin!(self.listen(epoch)), changed).await {
                return end;
            }
        }
        None
    }

    /// Listens until the session ends or the server turns out to have no such stream.
    async fn listen(&self, epoch: Epoch) -> Option<SessionEnd> {
        let _lock = if self.session.is_tab_bound() { None } else { Some(self.lock().await) };
        let mut failures = 0;
        let mut last_rejected = None;
        loop {
            let left = self.retry_at.get() - self.now();
            if !left.is_zero() {
                self.platform.sleep(left).await;
            }
            let opened_at = self.now();
            let retry_after = match self.listen_once(epoch).await {
                StreamOutcome::Ended(end) => return Some(end),
                StreamOutcome::Unsupported => return None,
                StreamOutcome::Rejected(authorization) => {
                    // A stream that rejects the new token as well will reject every token.
                    if last_rejected.is_some_and(|last| last != authorization) {
                        self.refresher.on_retry_rejected();
                    }
                    last_rejected = Some(authorization);
                    None
                }
                StreamOutcome::Closed { retry_after } => retry_after,
            };
            failures = if self.now() - opened_at > SUCCESSFUL { 1 } else { failures + 1 };
            if let Some(retry_after) = retry_after {
                self.retry_at.set(self.now() + retry_after);
            }
            let delay = backoff::delay(failures, retry_after, self.platform.random());
            self.retry.pause(delay, retry_after.is_some()).await;
        }
    }

    /// In a browser whose locks never answer, each tab has its own stream.
    async fn lock(&self) -> P::Lock {
        match self.platform.try_lock(LockName::Events).await {
            Some(lock) => lock,
            None => self.platform.lock(LockName::Events).await,
        }
    }

    async fn listen_once(&self, epoch: Epoch) -> StreamOutcome {
        let Ok(authorization) = self.refresher.fresh_authorization(epoch, RefreshReason::Background).await else {
            return StreamOutcome::Closed { retry_after: None };
        };
        let request = Request::new(Method::Get, EVENTS);
        let opened = timeout(&*self.platform, TIMEOUT, self.platform.open(&request, &authorization)).await;
        let response = match opened.unwrap_or(Err(NoResponse)) {
            Ok(StreamResponse::Stream(chunks)) => {
                self.refresher.on_response(&authorization, false);
                self.session.apply(epoch, SessionEvent::Confirmed(self.platform.now()));
                return self.read(chunks).await;
            }
            Ok(StreamResponse::Response(response)) => response,
            Err(NoResponse) => return StreamOutcome::Closed { retry_after: None },
        };
        match (authorization.rejection(&response), response.status) {
            (Some(Rejection::SessionEnded(end)), _) => StreamOutcome::Ended(end),
            (Some(rejection), _) => {
                self.refresher.on_response(&authorization, true);
                self.refresher.replace_later(epoch, authorization.clone(), rejection);
                StreamOutcome::Rejected(authorization)
            }
            (_, 404 | 405) => StreamOutcome::Unsupported,
            _ => StreamOutcome::Closed { retry_after: response.retry_after },
        }
    }

    async fn read(&self, mut chunks: LocalBoxStream<'static, Vec<u8>>) -> StreamOutcome {
        let mut parser = EventParser::default();
        while let Some(Some(chunk)) = timeout(&*self.platform, SILENCE, chunks.next()).await {
            for event in parser.push(&chunk) {
                // Another version of the server may send other events.
                if event.name == "session-ended"
                    && let Some((_, end)) = session_end::read(event.data.as_bytes())
                {
                    return StreamOutcome::Ended(end);
                }
            }
        }
        StreamOutcome::Closed { retry_after: None }
    }

    fn now(&self) -> Moment {
        self.platform.now().monotonic
    }
}
