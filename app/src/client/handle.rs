//! What components hold of the session.

use leptos::prelude::*;

use super::{Connection, Error, Inspector, RequestBuilder, Status, here, request::Method, session::Session};
use crate::api::{Login, Register};

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

    /// Logs in, here and in all tabs.
    pub async fn login(self, form: &Login) -> Result<(), Error> {
        here::core().ok_or(Error::Unreachable)?.login(form).await
    }

    /// Logs out: here and in all tabs at once, on the server as soon as it can be told.
    pub fn logout(self) {
        if let Some(core) = here::core() {
            core.logout();
        }
    }

    /// Asks for a newer access token now, so that it says what has just changed: a name, a role. Not needed for requests
    /// to succeed.
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
