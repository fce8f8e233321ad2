//! Keeps the authorization of requests fresh: one refresh at a time, shared by all callers and all tabs (single flight),
//! repeated with back-off while the server is unreachable (no response, or an error such as 503), and not repeated for
//! endpoints that reject every token.

use std::{
    cell::{RefCell, RefMut},
    rc::Rc,
    time::Duration,
};

use doorward_api::EndReason;
use futures::future::LocalBoxFuture;

use crate::{
    Error, SessionEnd,
    active_session::ActiveSession,
    auth_api::{self, RefreshOutcome},
    backoff::{self, RetryTimer},
    clock::Moment,
    credentials::Freshness,
    current_session::CurrentSession,
    platform::{LockName, Platform},
    request::{Authorization, Rejection},
    retry_guard::RetryGuard,
    shared_future::{SharedFuture, spawn_shared},
    state::{Available, Epoch, SessionEvent},
    tab_message::TabMessage,
    tabs::Tabs,
    timeline::Decision,
};

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
    backoff: Option<Backoff>,
    guard: RetryGuard,
}

/// The last refresh failed.
#[derive(Clone, Copy)]
struct Backoff {
    failures: u32,
    retry_at: Moment,
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

    /// Joins the refresh in flight or starts one, unless the last one failed and the back-off is not over.
    pub(crate) async fn refresh(self: &Rc<Self>) -> Result<(), Error> {
        let is_in_flight = self.refreshes().in_flight.is_some();
        if !is_in_flight && self.is_backing_off() {
            return Err(Error::Unreachable);
        }
        self.refresh_in_flight().await
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

    /// Whether the last refresh failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.refreshes().backoff.is_some()
    }

    /// Whether the last refresh failed and it is too early for the next one.
    pub(crate) fn is_backing_off(&self) -> bool {
        let now = self.platform.now().monotonic;
        self.refreshes().backoff.is_some_and(|backoff| now < backoff.retry_at)
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
            let is_settled = || session.epoch() != epoch || latest() != outdated || self.is_backing_off();
            let Some(lock) = self.tabs.with_lock(LockName::Refresh, &is_settled).await else {
                // Another tab has sent the request.
                session.ensure_current(epoch)?;
                self.refreshes().in_flight = None;
                return if latest() == outdated { Err(Error::Unreachable) } else { Ok(()) };
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

    fn handle_response(self: &Rc<Self>, epoch: Epoch, outcome: RefreshOutcome) -> Result<(), Error> {
        match outcome {
            RefreshOutcome::Refreshed(response) => {
                self.on_success();
                self.session.record(|| Decision::Refreshed { elsewhere: false });
                self.session.apply(epoch, SessionEvent::Refreshed(response.session));
                if let Some(forwarded) = response.forwarded {
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
            RefreshOutcome::Unreachable { status, retry_after } => {
                self.on_failure(status, retry_after);
                Err(Error::Unreachable)
            }
        }
    }

    /// A refresh succeeded, here or in another tab.
    pub(crate) fn on_success(&self) {
        self.refreshes().backoff = None;
        self.session.set_reachable(true);
    }

    /// A refresh failed in this tab, which retries for all tabs.
    fn on_failure(self: &Rc<Self>, status: Option<u16>, retry_after: Option<Duration>) {
        let failures = self.refreshes().backoff.map_or(0, |backoff| backoff.failures) + 1;
        let delay = backoff::delay(failures, retry_after, self.platform.random());
        self.session.record(|| Decision::RefreshFailed { status, again_in: delay });
        if !self.session.is_tab_bound() {
            let milliseconds = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
            let has_retry_after = retry_after.is_some();
            self.tabs.broadcast(&TabMessage::Unreachable { failures, milliseconds, has_retry_after });
        }
        self.back_off(failures, delay, retry_after.is_some());
    }

    /// Sends no refresh for the given time, and then the next one.
    pub(crate) fn back_off(self: &Rc<Self>, failures: u32, delay: Duration, has_retry_after: bool) {
        let epoch = self.session.epoch();
        if !self.session.may_be_logged_in() {
            return;
        }
        let retry_at = self.platform.now().monotonic + delay;
        self.refreshes().backoff = Some(Backoff { failures, retry_at });
        self.session.set_reachable(false);

        let this = Rc::clone(self);
        self.platform.spawn(Box::pin(async move {
            this.retry.pause(delay, has_retry_after).await;
            let backoff = this.refreshes().backoff;
            let is_latest = backoff.is_some_and(|backoff| backoff.retry_at == retry_at);
            if this.session.epoch() == epoch && is_latest {
                let now = this.platform.now().monotonic;
                this.refreshes().backoff = Some(Backoff { failures, retry_at: now });
                drop(this.refresh_in_flight());
            }
        }));
    }

    /// An authorization to send now, after a refresh if the present one is about to expire.
    pub(crate) fn fresh_authorization(
        self: &Rc<Self>,
        epoch: Epoch,
    ) -> LocalBoxFuture<'_, Result<Authorization, Error>> {
        Box::pin(self.authorization_after_refresh(epoch))
    }

    async fn authorization_after_refresh(self: &Rc<Self>, epoch: Epoch) -> Result<Authorization, Error> {
        match self.session.available() {
            Available::Anonymous { end } => return Err(Error::SessionEnded { end }),
            Available::ReauthRequired => return Err(Error::SessionEnded { end: None }),
            Available::Authorization(authorization, Freshness::Fresh) => return Ok(authorization),
            Available::Authorization(_, Freshness::Stale | Freshness::Expired) | Available::Unknown => {}
        }
        let refreshed = self.refresh_for_request(epoch).await;
        match self.session.available() {
            // A stale token is still good, so a failed refresh does not matter yet.
            Available::Authorization(authorization, Freshness::Fresh | Freshness::Stale) => {
                self.session.ensure_current(epoch).map(|()| authorization)
            }
            Available::Authorization(authorization, Freshness::Expired) => refreshed.map(|()| authorization),
            Available::Unknown => refreshed.and(Err(Error::Unreachable)),
            Available::ReauthRequired => Err(Error::SessionEnded { end: None }),
            Available::Anonymous { end } => Err(Error::SessionEnded { end }),
        }
    }

    /// Replaces a rejected authorization: by a refresh, or by the user's next login if the session is not renewable. `false`
    /// if a retry is not worth it.
    pub(crate) async fn replace(
        self: &Rc<Self>,
        epoch: Epoch,
        rejected: &Authorization,
        rejection: &Rejection,
    ) -> Result<bool, Error> {
        // Another request may have caused a refresh in the meantime.
        if !self.is_current(rejected) {
            return Ok(true);
        }
        if self.refreshes().guard == RetryGuard::Tripped {
            return Ok(false);
        }
        let is_renewable = self.session.refresh_credential().is_some();
        match rejection {
            _ if is_renewable => self.refresh_for_request(epoch).await?,
            Rejection::Token { is_expired: true } => self.session.apply(epoch, SessionEvent::TokenExpired),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Replaces a rejected authorization in the background, for the caller's next attempt.
    pub(crate) fn replace_later(self: &Rc<Self>, epoch: Epoch, rejected: Authorization, rejection: Rejection) {
        let this = Rc::clone(self);
        self.platform.spawn(Box::pin(async move { _ = this.replace(epoch, &rejected, &rejection).await }));
    }

    async fn refresh_for_request(self: &Rc<Self>, epoch: Epoch) -> Result<(), Error> {
        let result = self.refresh().await;
        self.session.ensure_current(epoch)?;
        if result.is_ok() {
            let mut refreshes = self.refreshes();
            refreshes.guard = refreshes.guard.after_refresh();
        }
        result
    }

    /// Updates the retry guard after a server has accepted or rejected the authorization.
    pub(crate) fn on_response(&self, authorization: &Authorization, is_rejected: bool) {
        if self.is_current(authorization) {
            let mut refreshes = self.refreshes();
            refreshes.guard = refreshes.guard.after_response(is_rejected);
        }
    }

    /// Trips the retry guard: a retry was rejected as well.
    pub(crate) fn on_retry_rejected(&self) {
        self.refreshes().guard = RetryGuard::Tripped;
    }

    fn is_current(&self, authorization: &Authorization) -> bool {
        matches!(self.session.available(), Available::Authorization(current, _) if current == *authorization)
    }
}
