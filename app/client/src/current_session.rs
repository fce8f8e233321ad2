//! The session of this tab: the state machine, and its signals for applications.

use std::{
    cell::{OnceCell, RefCell},
    rc::Rc,
};

use doorward_api::Timestamp;
use leptos::prelude::{ArcRwSignal, ReadUntracked, Set};

use crate::{
    Connection, Error, SessionEnd, Status,
    active_session::ActiveSession,
    clock::{Clocks, Moment},
    credentials::RefreshCredential,
    notify::Notify,
    platform::Platform,
    state::{Available, Epoch, SessionEvent, SessionState},
    tab_message::TabMessage,
    tabs::Tabs,
    timeline::{Decision, Timeline},
};

/// When the user of a session last proved who they are, by the server's clock. Only for comparison.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AuthenticatedAt(Epoch, Option<Timestamp>);

/// The session of this tab. Its tokens are here and nowhere else.
pub(crate) struct CurrentSession<P> {
    platform: Rc<P>,
    tabs: Rc<Tabs<P>>,
    timeline: Rc<Timeline>,
    state: RefCell<SessionState>,
    status: ArcRwSignal<Status>,
    connection: ArcRwSignal<Connection>,
    /// Notified when another session, or none, replaces this one, when this one starts to require reauthentication, and
    /// when the page becomes visible or hidden.
    pub(crate) changed: Notify,
    /// Notified in the first two cases, and when the user has proved who they are again or declines to.
    pub(crate) updated: Notify,
    on_start: OnceCell<Box<dyn Fn(Epoch)>>,
}

impl<P: Platform> CurrentSession<P> {
    pub(crate) fn new(platform: Rc<P>, tabs: Rc<Tabs<P>>, timeline: Rc<Timeline>, may_be_logged_in: bool) -> Self {
        let state = SessionState::initial(may_be_logged_in);
        Self {
            platform,
            tabs,
            timeline,
            status: ArcRwSignal::new(state.status()),
            state: RefCell::new(state),
            connection: ArcRwSignal::new(Connection::Online),
            changed: Notify::default(),
            updated: Notify::default(),
            on_start: OnceCell::new(),
        }
    }

    /// Calls `start` whenever a session becomes active in this tab.
    pub(crate) fn on_start(&self, start: impl Fn(Epoch) + 'static) {
        _ = self.on_start.set(Box::new(start));
    }

    pub(crate) fn status(&self) -> ArcRwSignal<Status> {
        self.status.clone()
    }

    pub(crate) fn connection(&self) -> ArcRwSignal<Connection> {
        self.connection.clone()
    }

    pub(crate) fn now(&self) -> Clocks {
        self.platform.now()
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.state.borrow().epoch()
    }

    /// The authorization that a request can have right now.
    pub(crate) fn available(&self) -> Available {
        self.state.borrow().available(self.now())
    }

    /// Whether a user is, or may be, logged in.
    pub(crate) fn may_be_logged_in(&self) -> bool {
        !matches!(self.available(), Available::Anonymous { .. })
    }

    /// Reads the active session.
    pub(crate) fn active<T>(&self, read: impl FnOnce(&ActiveSession) -> T) -> Option<T> {
        self.state.borrow().active().map(read)
    }

    /// Id of the active session.
    pub(crate) fn id(&self) -> Option<String> {
        self.active(|active| active.session.id.clone())
    }

    /// The session, if it is bound to this tab, active or expired.
    pub(crate) fn tab_bound(&self) -> Option<Box<ActiveSession>> {
        self.state.borrow().tab_bound().cloned().map(Box::new)
    }

    pub(crate) fn is_tab_bound(&self) -> bool {
        self.state.borrow().tab_bound().is_some()
    }

    /// Whether this page was just loaded and the first refresh has not succeeded yet.
    pub(crate) fn is_starting(&self) -> bool {
        self.epoch() == Epoch(0) && matches!(self.available(), Available::Unknown)
    }

    pub(crate) fn requires_reauth(&self) -> bool {
        self.state.borrow().requires_reauth()
    }

    /// What a refresh presents; `None` if none is possible.
    pub(crate) fn refresh_credential(&self) -> Option<RefreshCredential> {
        self.state.borrow().refresh_credential()
    }

    /// When the user last proved who they are.
    pub(crate) fn authenticated_at(&self) -> AuthenticatedAt {
        AuthenticatedAt(self.epoch(), self.active(|active| active.session.auth_time.clone()))
    }

    /// When the session of this epoch expires; `None` if it is not active.
    pub(crate) fn expires_at(&self, epoch: Epoch) -> Option<Moment> {
        let state = self.state.borrow();
        if state.epoch() == epoch { state.expires_at() } else { None }
    }

    /// An error if another session, or none, has replaced the one of this epoch.
    pub(crate) fn ensure_current(&self, epoch: Epoch) -> Result<(), Error> {
        let state = self.state.borrow();
        if state.epoch() == epoch { Ok(()) } else { Err(Error::SessionEnded { end: state.end() }) }
    }

    /// An error if requests of this epoch do not belong to the current user.
    pub(crate) fn ensure_continues(&self, epoch: Epoch) -> Result<(), Error> {
        let state = self.state.borrow();
        if state.continues_in(epoch) { Ok(()) } else { Err(Error::SessionEnded { end: state.end() }) }
    }

    /// Applies an event of the given epoch and shows the result.
    pub(crate) fn apply(&self, epoch: Epoch, event: SessionEvent) {
        let before = self.epoch();
        let was_active = self.expires_at(before).is_some();
        let authenticated_at = self.authenticated_at();
        let state = self.state.borrow().after(epoch, event, self.now().monotonic);
        let (epoch, status, requires_reauth) = (state.epoch(), state.status(), state.requires_reauth());
        self.state.replace(state);

        let is_replaced = epoch != before;
        if self.authenticated_at() != authenticated_at {
            self.updated.notify();
        }
        if requires_reauth && was_active {
            self.changed.notify();
            self.record(|| Decision::ReauthRequired);
        }
        if is_replaced {
            self.changed.notify();
            // Failures belong to the session before.
            self.set_reachable(true);
            self.record(|| Decision::StatusChanged {
                is_logged_in: status.is_logged_in(),
                reason: self.state.borrow().end().map(|end| end.reason),
            });
        }
        if *self.status.read_untracked() != status {
            self.status.set(status);
        }
        if (is_replaced || !was_active)
            && self.expires_at(epoch).is_some()
            && let Some(start) = self.on_start.get()
        {
            start(epoch);
        }
    }

    /// Expires the session if its time is over and no timer has fired yet.
    pub(crate) fn tick(&self) {
        if self.expires_at(self.epoch()).is_some_and(|end| self.now().monotonic >= end) {
            self.apply(self.epoch(), SessionEvent::TimePassed);
        }
    }

    /// Ends the session, as reported by the server, in all tabs that share it.
    pub(crate) fn end(&self, epoch: Epoch, end: Option<SessionEnd>) -> Error {
        // Only with its id: by now the cookie may belong to a login in another tab.
        if self.epoch() == epoch
            && !self.is_tab_bound()
            && let Some(id) = self.id()
        {
            self.tabs.broadcast(&TabMessage::Ended { session: Some(id), end: end.clone() });
        }
        self.apply(epoch, SessionEvent::Ended(end.clone()));
        Error::SessionEnded { end }
    }

    /// Shows whether the server can be reached.
    pub(crate) fn set_reachable(&self, is_reachable: bool) {
        self.set_connection(if is_reachable { None } else { Some(&Error::Unreachable) });
    }

    /// Shows whether requests fail, and how; of several failures in a row, the time of the first one counts.
    pub(crate) fn set_connection(&self, error: Option<&Error>) {
        let shown = *self.connection.read_untracked();
        let since = match shown {
            Connection::Online => self.now().wall,
            Connection::Unreachable { since } | Connection::InvalidResponse { since, .. } => since,
        };
        let connection = match error {
            None => Connection::Online,
            Some(&Error::InvalidResponse { status }) => Connection::InvalidResponse { since, status },
            Some(_) => Connection::Unreachable { since },
        };
        if connection != shown {
            self.connection.set(connection);
        }
    }

    pub(crate) fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// Adds an entry to the timeline.
    pub(crate) fn record(&self, decision: impl FnOnce() -> Decision) {
        self.timeline.record(|| self.now().wall, decision);
    }
}
