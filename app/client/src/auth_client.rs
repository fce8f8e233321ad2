//! The client of one tab, composed of parts that own their state: session, refresher, tabs, stream of session ends, logout
//! queue, waiting confirmations. Independent of the browser. `interceptor.rs` sends requests through it, `login.rs` starts a session.

use std::{cell::RefCell, rc::Rc, time::Duration};

use doorward_api::EndReason;

use crate::{
    Error, SessionEnd,
    active_session::ActiveSession,
    backoff::RetryTimer,
    credentials::RefreshCredential,
    current_session::CurrentSession,
    logout_queue::LogoutQueue,
    platform::{LockName, PageEvent, Platform},
    refresher::Refresher,
    revalidation::Revalidations,
    session_end_stream::SessionEndStream,
    state::{Available, Epoch, SessionEvent},
    step_up::StepUp,
    tab_message::{ForwardedResponse, TabMessage},
    tabs::Tabs,
    timeline::{Decision, Timeline},
};

/// How often the clocks are compared while a user is logged in.
const TICK: Duration = Duration::from_secs(30);

/// A wall clock that is this far ahead of the monotonic clock means that the machine has slept, or that the clock was set.
const SLEPT: Duration = Duration::from_secs(5);

/// The authentication client of one tab.
pub(crate) struct AuthClient<P> {
    pub(crate) platform: Rc<P>,
    pub(crate) session: Rc<CurrentSession<P>>,
    pub(crate) tabs: Rc<Tabs<P>>,
    pub(crate) refresher: Rc<Refresher<P>>,
    pub(crate) logouts: Rc<LogoutQueue<P>>,
    pub(crate) step_up: StepUp<P>,
    stream: SessionEndStream<P>,
    retry: Rc<RetryTimer<P>>,
    revalidations: RefCell<Revalidations>,
}

impl<P: Platform> AuthClient<P> {
    pub(crate) fn new(platform: P, may_be_logged_in: bool) -> Rc<Self> {
        let platform = Rc::new(platform);
        let timeline = Rc::<Timeline>::default();
        let tabs = Rc::new(Tabs::new(platform.clone(), timeline.clone()));
        let session = Rc::new(CurrentSession::new(platform.clone(), tabs.clone(), timeline, may_be_logged_in));
        let retry = Rc::new(RetryTimer::new(platform.clone()));
        let refresher = Rc::new(Refresher::new(platform.clone(), tabs.clone(), session.clone(), retry.clone()));
        let logouts = Rc::new(LogoutQueue::new(platform.clone(), tabs.clone(), session.clone(), retry.clone()));
        let step_up = StepUp::new(session.clone());
        let stream = SessionEndStream::new(platform.clone(), session.clone(), refresher.clone(), retry.clone());
        let client = Rc::new(Self {
            platform,
            session,
            tabs,
            refresher,
            logouts,
            step_up,
            stream,
            retry,
            revalidations: RefCell::default(),
        });
        let this = Rc::downgrade(&client);
        client.session.on_start(move |epoch| {
            if let Some(client) = this.upgrade() {
                client.watch(epoch);
            }
        });
        client
    }

    /// Handles the events of the page from now on.
    pub(crate) fn listen(self: &Rc<Self>) {
        let this = Rc::clone(self);
        self.platform.listen(move |event| this.on_page_event(event));
        self.stream.set_visible(self.platform.is_visible());
    }

    /// Starts the silent refresh of a page that was just loaded, unless another tab has a recent token response. Sends nothing if
    /// no user can be logged in.
    pub(crate) fn start(&self) {
        if matches!(self.session.available(), Available::Unknown) {
            self.tabs.broadcast(&TabMessage::SessionRequest);
            drop(self.refresher.refresh_in_flight());
        }
    }

    /// Logs out: at once in all tabs that share the session, on the server as soon as possible.
    pub(crate) fn logout(&self) {
        let session = &self.session;
        self.logouts.increment();
        let tab_bound = session.tab_bound();
        if tab_bound.is_none() {
            // Even if no user seems to be logged in: another tab may have a session with the cookie that this clears.
            let end = Some(SessionEnd::new(EndReason::LoggedOut));
            self.tabs.broadcast(&TabMessage::Ended { session: session.id(), end });
        }
        session.apply(session.epoch(), SessionEvent::LoggedOut);
        self.logouts.push(tab_bound);
    }

    /// Ends an expired session that waits for reauthentication.
    pub(crate) fn cancel_reauthentication(&self) {
        let session = &self.session;
        if session.requires_reauth() {
            let tab_bound = session.tab_bound();
            session.apply(session.epoch(), SessionEvent::Declined);
            self.logouts.push(tab_bound);
        }
    }

    /// Handles a rejection because the session of this epoch has ended.
    pub(crate) fn on_session_ended(self: &Rc<Self>, epoch: Epoch, end: SessionEnd) -> Error {
        if !matches!(end.reason, EndReason::Replaced | EndReason::Unknown) || self.session.is_tab_bound() {
            return self.session.end(epoch, Some(end));
        }
        if self.session.ensure_current(epoch).is_err() {
            return Error::SessionEnded { end: Some(end) };
        }
        // Usually replaced by a login in another tab of this browser. That tab's message, or its cookie, will bring the new
        // session.
        let (id, now, random) = (self.session.id(), self.session.now().monotonic, self.platform.random());
        if let Some(delay) = self.revalidations.borrow_mut().schedule(id, now, random) {
            let suspected = end.clone();
            let this = Rc::clone(self);
            self.platform.spawn(Box::pin(async move {
                if !delay.is_zero() {
                    this.platform.sleep(delay).await;
                }
                let is_settled = || this.session.epoch() != epoch;
                let _no_login_in_flight = this.tabs.with_lock(LockName::Cookie, &is_settled).await;
                this.revalidations.borrow_mut().start(this.session.now().monotonic);
                if !is_settled() {
                    this.revalidate(Some(suspected));
                }
            }));
        }
        Error::SessionEnded { end: Some(end) }
    }

    /// Finds out by a refresh which session the browser has now. `suspected`: how the current one has ended, if it has.
    fn revalidate(&self, suspected: Option<SessionEnd>) {
        self.session.apply(self.session.epoch(), SessionEvent::Restored(suspected));
        self.resume();
    }

    /// Checks everything that is due: the page became visible, the machine woke up or the network returned. Ends pauses and
    /// refreshes a stale token before it is needed.
    pub(crate) fn resume(&self) {
        let session = &self.session;
        session.record(|| Decision::Resumed);
        session.apply(session.epoch(), SessionEvent::TimePassed);
        self.retry.resume();
        if session.available().needs_refresh() && !self.refresher.is_backing_off() {
            drop(self.refresher.refresh_in_flight());
        }
        // The monotonic clock may have stopped during sleep, so a non-renewable session may have expired unnoticed. A
        // new stream will show it.
        let now = session.now();
        if session.active(|active| !active.is_renewable() && active.time_left(now).is_zero()) == Some(true) {
            session.changed.notify();
        }
    }

    /// Starts the tasks of an active session.
    fn watch(self: &Rc<Self>, epoch: Epoch) {
        let this = Rc::clone(self);
        self.platform.spawn(Box::pin(async move { this.watch_clocks(epoch).await }));
        let this = Rc::clone(self);
        self.platform.spawn(Box::pin(async move {
            if let Some(end) = this.stream.listen_for_end(epoch).await {
                this.on_session_ended(epoch, end);
            }
        }));
    }

    /// Expires the session in time, so that nothing private stays on an unattended screen, and detects sleep.
    async fn watch_clocks(&self, epoch: Epoch) {
        while let Some(end) = self.session.expires_at(epoch) {
            let before = self.session.now();
            self.platform.sleep((end - before.monotonic).min(TICK)).await;
            self.session.apply(epoch, SessionEvent::TimePassed);
            let now = self.session.now();
            if now.elapsed_at_most(before) > now.elapsed_since(before) + SLEPT {
                self.resume();
            }
        }
    }

    pub(crate) fn on_page_event(&self, event: PageEvent) {
        match event {
            PageEvent::Message(text) => self.on_message(&text),
            PageEvent::Online => self.on_online(),
            PageEvent::Offline => self.on_offline(),
            PageEvent::VisibilityChange => self.on_visibility_change(),
            PageEvent::Hide => self.on_page_hide(),
            PageEvent::Restore => {
                self.on_page_restore();
                self.stream.set_visible(self.platform.is_visible());
            }
        }
    }

    fn on_visibility_change(&self) {
        let is_visible = self.platform.is_visible();
        self.stream.set_visible(is_visible);
        if is_visible {
            self.resume();
        }
    }

    fn on_offline(&self) {
        if self.session.may_be_logged_in() {
            self.session.set_reachable(false);
        }
    }

    fn on_online(&self) {
        if !self.refresher.has_failed() {
            self.session.set_reachable(true);
        }
        self.resume();
    }

    /// The page is closed or enters the back/forward cache. A page with a lock or a stream cannot enter it, and a session that
    /// is bound to this tab ends with the page.
    fn on_page_hide(&self) {
        self.stream.set_visible(false);
        if self.session.is_tab_bound() {
            self.logout();
        }
    }

    /// The page was restored from the back/forward cache. The session that it shows may have ended in the meantime, so the
    /// content stays hidden until the server has confirmed it.
    fn on_page_restore(&self) {
        if self.session.is_tab_bound() {
            return self.logout();
        }
        self.revalidate(None);
    }

    /// A message of another tab.
    fn on_message(&self, text: &str) {
        let Some(message) = self.tabs.on_message(text) else { return };
        if message.concerns_shared_session() && self.session.is_tab_bound() {
            return;
        }
        let session = &self.session;
        match message {
            // Only a page that was just loaded may trust a response from before its request.
            TabMessage::Session(_) if !session.is_starting() => {}
            TabMessage::Refreshed(forwarded) | TabMessage::Session(forwarded) => {
                if let Some(active) = self.read(&forwarded) {
                    session.record(|| Decision::Refreshed { by_another_tab: true });
                    self.refresher.on_success();
                    session.apply(session.epoch(), SessionEvent::RefreshedInAnotherTab(active));
                }
            }
            TabMessage::LoggedIn(forwarded) => {
                if let Some(active) = self.read(&forwarded) {
                    session.apply(session.epoch(), SessionEvent::LoggedIn(active));
                }
            }
            TabMessage::Ended { session: id, end } => {
                session.apply(session.epoch(), SessionEvent::EndedInAnotherTab { session: id, end });
            }
            TabMessage::Unreachable { failures, milliseconds, has_retry_after, status } => {
                let delay = Duration::from_millis(milliseconds);
                self.refresher.on_failure_in_another_tab(failures, status, delay, has_retry_after);
            }
            TabMessage::SessionRequest => {
                let now = session.now();
                if let Some(forwarded) = session.active(|active| active.recently_forwarded(now)).flatten() {
                    self.tabs.broadcast(&TabMessage::Session(forwarded));
                }
            }
            TabMessage::LockPing(_) | TabMessage::LockPong(_) => {}
        }
        self.tabs.handled();
    }

    /// Reads a token response that another tab received in exchange for the cookie that both have.
    fn read(&self, forwarded: &ForwardedResponse) -> Option<Box<ActiveSession>> {
        let now = self.session.now();
        let active = ActiveSession::from_response(
            forwarded.body.as_bytes(),
            Some(&RefreshCredential::Cookie),
            forwarded.requested_at(now),
            now.monotonic,
            self.platform.random(),
        )?;
        (!active.is_tab_bound()).then_some(active)
    }
}
