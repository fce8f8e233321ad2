//! What components hold of the session.

use std::time::Duration;

use leptos::prelude::*;

use super::{Connection, Error, Inspector, RequestBuilder, Status, here, request::Method, session::Session};
use doorward_api::{Login, Register};

/// The session of this browser, for every component below [`AuthProvider`](super::AuthProvider).
///
/// On the server it tells the status with which the page starts, and requests come back as [`Error::Unreachable`]:
/// private data is fetched by the browser.
#[derive(Clone, Copy)]
pub struct SessionHandle {
    status: Signal<Status>,
    connection: Signal<Connection>,
    is_logged_in: Memo<Option<bool>>,
}

/// The session of this browser. Panics outside an [`AuthProvider`](super::AuthProvider).
pub fn use_session() -> SessionHandle {
    expect_context()
}

impl SessionHandle {
    /// Opens the session of this browser, or, on the server, what a page can be told of it.
    pub(super) fn open(may_be_logged_in: bool) -> Self {
        let (status, connection) = if let Some(core) = here::open(may_be_logged_in) {
            (core.status().into(), core.connection().into())
        } else {
            let status = Session::at_first(may_be_logged_in).status();
            (Signal::stored(status), Signal::stored(Connection::Online))
        };
        let is_logged_in = Memo::new(move |_| status.with(Status::is_logged_in));
        Self { status, connection, is_logged_in }
    }

    /// Who is logged in. Changes with each refresh: see [`is_logged_in`](Self::is_logged_in).
    pub fn status(self) -> Signal<Status> {
        self.status
    }

    /// Whether the server can be reached. It becomes [`Connection::Unreachable`] when a refresh fails or the browser
    /// loses its network, and the client then tries again by itself, with growing pauses, until it is
    /// [`Connection::Online`].
    pub fn connection(self) -> Signal<Connection> {
        self.connection
    }

    /// Whether the server has not heard of the person's last logout yet. It is told as soon as it can be, but only
    /// while this page stays open.
    pub fn is_logout_pending(self) -> bool {
        // Where nobody is logged in, there is nothing else to tell the server.
        self.is_logged_in() == Some(false) && self.connection.get() != Connection::Online
    }

    /// Whether somebody is logged in; `None` while that is not known. Made for `ProtectedRoute`: what depends on it
    /// does not run again when a refresh brings a newer session of the same person.
    pub fn is_logged_in(self) -> Option<bool> {
        self.is_logged_in.get()
    }

    /// Registers and logs in, here and in all tabs.
    pub async fn register(self, form: &Register) -> Result<(), Error> {
        here::core().ok_or(Error::Unreachable)?.register(form).await
    }

    /// Logs in, here and, unless the session lives and dies with this tab, in all tabs.
    pub async fn login(self, form: &Login) -> Result<(), Error> {
        here::core().ok_or(Error::Unreachable)?.login(form).await
    }

    /// Logs in over the page whose session has lapsed, or is about to. If it is the same person, the page stays as it is,
    /// and the requests that waited are sent: each of them once. If it is another person, the page is theirs from then on,
    /// and those requests come back as [`Error::SessionEnded`]. The old session is ended on the server, if it still lives.
    pub async fn reauthenticate(self, form: &Login) -> Result<(), Error> {
        self.login(form).await
    }

    /// Gives up a session that has lapsed: nobody is logged in any more, because the session has expired. Requests that
    /// waited come back as [`Error::SessionEnded`].
    pub fn cancel_reauthentication(self) {
        if let Some(core) = here::core() {
            core.leave();
        }
    }

    /// What is left of the session, for a countdown: ask each time that it is shown. It does not matter how wrong the
    /// device's clock is, and sleep counts; a clock that is set ahead meanwhile makes it come out short, until the server
    /// has said that the session is live. `None` while nobody is logged in and when the session has lapsed. In a reactive
    /// place, it runs again when the status changes.
    pub fn time_left(self) -> Option<Duration> {
        let core = here::core()?;
        self.status.track();
        core.granted(|granted| granted.left(core.now()))
    }

    /// Whether the session goes on by itself until it ends for good, weeks later as a rule. Where it does not (policy
    /// `banking`), tell the person in [time](Self::time_left), and let them [log in again](Self::reauthenticate) when it has
    /// lapsed. `true` while nobody is logged in.
    pub fn is_renewable(self) -> bool {
        self.status
            .with(|status| status.session().is_none_or(|session| session.policy.credential_storage().is_renewable()))
    }

    /// Logs out: here and in all tabs that have the session at once, on the server as soon as it can be told.
    pub fn logout(self) {
        if let Some(core) = here::core() {
            core.logout();
        }
    }

    /// Asks the server now who is logged in, so that the page says what has just changed: a name, a role. Not needed for
    /// requests to succeed. Where the session cannot be renewed, the change shows after the next login.
    pub async fn refresh(self) -> Result<(), Error> {
        here::core().ok_or(Error::Unreachable)?.refresh().await
    }

    /// `GET path`, through the interceptor. `T` is what the answer is read as.
    pub fn get<T>(self, path: &str) -> RequestBuilder<T> {
        RequestBuilder::new(Method::Get, path)
    }

    /// `POST path`, through the interceptor.
    pub fn post<T>(self, path: &str) -> RequestBuilder<T> {
        RequestBuilder::new(Method::Post, path)
    }

    /// `PUT path`, through the interceptor.
    pub fn put<T>(self, path: &str) -> RequestBuilder<T> {
        RequestBuilder::new(Method::Put, path)
    }

    /// `PATCH path`, through the interceptor.
    pub fn patch<T>(self, path: &str) -> RequestBuilder<T> {
        RequestBuilder::new(Method::Patch, path)
    }

    /// `DELETE path`, through the interceptor.
    pub fn delete<T>(self, path: &str) -> RequestBuilder<T> {
        RequestBuilder::new(Method::Delete, path)
    }

    /// A look inside, for developers. Switch it on with the server's `inspector` setting, never for the public.
    pub fn inspector(self) -> Inspector {
        Inspector::open()
    }
}
