//! Keeps the authorization of requests fresh: one refresh at a time, shared by all callers and all tabs (single flight),
//! repeated with back-off while the server is unreachable (no response, or an error such as 503), and not repeated for
//! endpoints that reject every token.

mod authorization;
mod refresh_backoff;
mod retry_guard;

use std::{
    cell::{RefCell, RefMut},
    rc::Rc,
    time::Duration,
};

use doorward_api::EndReason;
use refresh_backoff::RefreshBackoff;
pub(crate) use refresh_backoff::RefreshReason;
use retry_guard::RetryGuard;

use crate::{
    Error, SessionEnd,
    active_session::ActiveSession,
    auth_api::{self, RefreshOutcome},
    backoff::{self, RetryTimer},
    current_session::CurrentSession,
    platform::{LockName, Platform},
    shared_future::{SharedFuture, spawn_shared},
    state::{Epoch, SessionEvent},
    tab_message::TabMessage,
    tabs::{LockGuard, Tabs},
    timeline::Decision,
};

/// The tab whose refresh failed retries first. The others retry this much later, plus jitter.
const HEAD_START: Duration = Duration::from_millis(700);

/// Time for the other tabs to reply to a page that was just loaded. With no other tab the wait is wasted, so it must not be
/// noticeable; the request was sent before the page was hydrated.
const REPLY_TIMEOUT: Duration = Duration::from_millis(25);

/// A hidden page waits longer, because no user waits for it.
const HIDDEN_REPLY_TIMEOUT: Duration = Duration::from_millis(250);

/// Longest delay while the page is visible: its user sees the server return within this time.
const LONGEST_VISIBLE: Duration = Duration::from_secs(10);

/// Refreshes the session of this tab.
pub(crate) struct Refresher<P> {
    platform: Rc<P>,
    tabs: Rc<Tabs<P>>,
    session: Rc<CurrentSession<P>>,
    retry: Rc<RetryTimer<P>>,
    refreshes: RefCell<Refreshes>,
}

/// What is known about the refreshes of one epoch.
#[derive(Default)]
struct Refreshes {
    epoch: Option<Epoch>,
    in_flight: Option<SharedFuture<Result<(), Error>>>,
    backoff: Option<RefreshBackoff>,
    guard: RetryGuard,
}

impl<P: Platform> Refresher<P> {
    pub(crate) fn new(
        platform: Rc<P>,
        tabs: Rc<Tabs<P>>,
        session: Rc<CurrentSession<P>>,
        retry: Rc<RetryTimer<P>>,
    ) -> Self {
        Self { platform, tabs, session, retry, refreshes: RefCell::default() }
    }

    /// The refreshes of the present epoch: failures and guard of an earlier one do not count.
    fn refreshes(&self) -> RefMut<'_, Refreshes> {
        let epoch = Some(self.session.epoch());
        let mut refreshes = self.refreshes.borrow_mut();
        if refreshes.epoch != epoch {
            *refreshes = Refreshes { epoch, ..Refreshes::default() };
        }
        refreshes
    }

    /// Joins the refresh in flight or starts one, unless the back-off does not permit it yet.
    pub(crate) async fn refresh(self: &Rc<Self>, reason: RefreshReason) -> Result<(), Error> {
        let is_in_flight = self.refreshes().in_flight.is_some();
        match self.backoff() {
            Some(backoff) if !is_in_flight && !backoff.permits(reason, self.platform.now().monotonic) => {
                Err(backoff.error())
            }
            _ => self.refresh_in_flight().await,
        }
    }

    /// Joins the refresh in flight or starts one.
    pub(crate) fn refresh_in_flight(self: &Rc<Self>) -> SharedFuture<Result<(), Error>> {
        if let Some(in_flight) = &self.refreshes().in_flight {
            return in_flight.clone();
        }
        let this = Rc::clone(self);
        let epoch = self.session.epoch();
        let in_flight = spawn_shared(&*self.platform, async move { this.refresh_once(epoch).await });
        self.refreshes().in_flight = Some(in_flight.clone());
        in_flight
    }

    fn backoff(&self) -> Option<RefreshBackoff> {
        self.refreshes().backoff
    }

    /// Whether the last refresh failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.backoff().is_some()
    }

    /// Whether the last refresh failed and it is too early for the next one.
    pub(crate) fn is_backing_off(&self) -> bool {
        let now = self.platform.now().monotonic;
        self.backoff().is_some_and(|backoff| !backoff.permits(RefreshReason::Background, now))
    }

    async fn refresh_once(self: &Rc<Self>, epoch: Epoch) -> Result<(), Error> {
        let session = &self.session;
        // An expired session cannot be refreshed.
        session.apply(epoch, SessionEvent::TimePassed);
        session.ensure_current(epoch)?;

        let Some(credential) = session.refresh_credential() else {
            self.refreshes().in_flight = None;
            return Ok(());
        };
        let latest = || session.active(ActiveSession::requested_at);
        let outdated = latest();
        // Held until the result has been broadcast.
        let _lock = if session.is_tab_bound() {
            None
        } else {
            let failure = || self.backoff().map(|backoff| (backoff.failures, backoff.failed_at));
            let last_failure = failure();
            let is_settled = || session.epoch() != epoch || latest() != outdated || failure() != last_failure;
            let Some(lock) = self.lock(&is_settled).await else {
                // Another tab has sent the request.
                session.ensure_current(epoch)?;
                self.refreshes().in_flight = None;
                let failed = || self.backoff().map_or(Error::Unreachable, RefreshBackoff::error);
                return if latest() == outdated { Err(failed()) } else { Ok(()) };
            };
            Some(lock)
        };

        session.record(|| Decision::Refreshing);
        let outcome = auth_api::refresh(&*self.platform, &credential).await;

        // After a logout or a login the response, even a success, belongs to an earlier session.
        session.ensure_current(epoch)?;
        self.refreshes().in_flight = None;
        self.handle_response(epoch, outcome)
    }

    /// Waits for the lock, and on a page that was just loaded for a reply of the other tabs.
    async fn lock(&self, is_settled: &dyn Fn() -> bool) -> Option<LockGuard<P::Lock>> {
        let is_first = self.session.is_starting() && !self.has_failed();
        // Without the lock: timers of a hidden page run once a second at most, and a visible page must not wait for that.
        if is_first && !self.platform.is_visible() && self.tabs.settles_within(HIDDEN_REPLY_TIMEOUT, is_settled).await {
            return None;
        }
        let lock = self.tabs.with_lock(LockName::Refresh, is_settled).await?;
        // With the lock: the message of its last holder may arrive later than the lock.
        if is_first && self.tabs.settles_within(REPLY_TIMEOUT, is_settled).await {
            return None;
        }
        Some(lock)
    }

    fn handle_response(self: &Rc<Self>, epoch: Epoch, outcome: RefreshOutcome) -> Result<(), Error> {
        match outcome {
            RefreshOutcome::Refreshed(active) => {
                self.on_success();
                self.session.record(|| Decision::Refreshed { by_another_tab: false });
                let forwarded = active.forwarded();
                self.session.apply(epoch, SessionEvent::Refreshed(active));
                if let Some(forwarded) = forwarded {
                    self.tabs.broadcast(&TabMessage::Refreshed(forwarded));
                }
                Ok(())
            }
            RefreshOutcome::Ended(end) => Err(self.session.end(epoch, Some(end))),
            RefreshOutcome::NoSession => {
                // A user who was logged in until now must see that something went wrong.
                let end = self.session.expires_at(epoch).map(|_| SessionEnd::new(EndReason::Unknown));
                Err(self.session.end(epoch, end))
            }
            RefreshOutcome::Failed { status, retry_after } => Err(self.on_failure(status, retry_after)),
        }
    }

    /// A refresh succeeded, here or in another tab.
    pub(crate) fn on_success(&self) {
        self.refreshes().backoff = None;
        self.session.set_reachable(true);
    }

    /// A refresh failed in this tab, which retries for all tabs.
    fn on_failure(self: &Rc<Self>, status: Option<u16>, retry_after: Option<Duration>) -> Error {
        let failures = self.backoff().map_or(0, |backoff| backoff.failures) + 1;
        let delay = backoff::delay_up_to(self.longest_delay(), failures, retry_after, self.platform.random());
        self.session.record(|| Decision::RefreshFailed { status, again_in: delay });
        let has_retry_after = retry_after.is_some();
        if !self.session.is_tab_bound() {
            let milliseconds = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
            self.tabs.broadcast(&TabMessage::Unreachable { failures, milliseconds, has_retry_after, status });
        }
        let failed_at = self.platform.now().monotonic;
        let backoff = RefreshBackoff { failures, status, failed_at, retry_at: failed_at + delay, has_retry_after };
        self.back_off(backoff);
        backoff.error()
    }

    /// A refresh failed in another tab, which retries for all tabs after `delay`. This one does so only if it receives no
    /// message by then.
    pub(crate) fn on_failure_in_another_tab(
        self: &Rc<Self>,
        failures: u32,
        status: Option<u16>,
        delay: Duration,
        has_retry_after: bool,
    ) {
        // That tab may be hidden.
        let delay = if has_retry_after { delay } else { delay.min(self.longest_delay()) };
        let failed_at = self.platform.now().monotonic;
        let retry_at = failed_at + delay + self.tabs.jittered(HEAD_START);
        // A tab that was just opened has not received the `Retry-After`.
        if self
            .backoff()
            .is_none_or(|backoff| !backoff.has_retry_after || has_retry_after || failed_at >= backoff.retry_at)
        {
            self.back_off(RefreshBackoff { failures, status, failed_at, retry_at, has_retry_after });
        }
    }

    fn longest_delay(&self) -> Duration {
        if self.platform.is_visible() { LONGEST_VISIBLE } else { backoff::LONGEST }
    }

    /// Sends the next refresh when the back-off is over.
    fn back_off(self: &Rc<Self>, backoff: RefreshBackoff) {
        let epoch = self.session.epoch();
        if !self.session.may_be_logged_in() {
            return;
        }
        let RefreshBackoff { failed_at, retry_at, has_retry_after, .. } = backoff;
        self.refreshes().backoff = Some(backoff);
        self.session.set_connection(Some(&backoff.error()));

        let this = Rc::clone(self);
        self.platform.spawn(Box::pin(async move {
            this.retry.pause(retry_at - failed_at, has_retry_after).await;
            let is_latest = this.backoff().is_some_and(|latest| latest.retry_at == retry_at);
            if this.session.epoch() == epoch && is_latest {
                drop(this.refresh_in_flight());
            }
        }));
    }
}
