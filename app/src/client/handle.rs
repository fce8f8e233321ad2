//! What components hold of the session.

use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Connection, Error, Status, here,
    request::{Method, Request, Response},
    session::Session,
};
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
        let (status, connection) = match here::open(may_be_logged_in) {
            Some(core) => (core.status().into(), core.connection().into()),
            None => (Signal::stored(Session::at_first(may_be_logged_in).status()), Signal::stored(Connection::Online)),
        };
        let is_logged_in = Memo::new(move |_| status.with(Status::is_logged_in));
        Self { status, connection, is_logged_in }
    }

    /// Who is logged in. Changes with each refresh: see [`is_logged_in`](Self::is_logged_in).
    pub fn status(self) -> Signal<Status> {
        self.status
    }

    /// Whether the server can be reached.
    pub fn connection(self) -> Signal<Connection> {
        self.connection
    }

    /// Whether somebody is logged in; `None` while that is not known. Made for `ProtectedRoute`: what depends on it
    /// does not run again when a refresh brings a newer session of the same person.
    pub fn is_logged_in(self) -> Option<bool> {
        self.is_logged_in.get()
    }

    /// Registers and logs in.
    pub async fn register(self, form: &Register) -> Result<(), Error> {
        here::core().ok_or(Error::Unreachable)?.register(form).await
    }

    /// Logs in.
    pub async fn login(self, form: &Login) -> Result<(), Error> {
        here::core().ok_or(Error::Unreachable)?.login(form).await
    }

    /// Logs out: here at once, on the server as soon as it can be told.
    pub fn logout(self) {
        if let Some(core) = here::core() {
            core.logout();
        }
    }

    /// Sends `GET path` through the interceptor.
    pub async fn get<T: DeserializeOwned + 'static>(self, path: &str) -> Result<T, Error> {
        send(Request::new(Method::Get, path)).await?.read()
    }

    /// Sends `POST path` with a JSON body through the interceptor. An empty answer reads as `()`.
    pub async fn post<T: DeserializeOwned + 'static>(self, path: &str, body: &impl Serialize) -> Result<T, Error> {
        send(Request::new(Method::Post, path).json(body)).await?.read()
    }

    /// Sends `PATCH path` with a JSON body through the interceptor.
    pub async fn patch<T: DeserializeOwned + 'static>(self, path: &str, body: &impl Serialize) -> Result<T, Error> {
        send(Request::new(Method::Patch, path).json(body)).await?.read()
    }

    /// Sends `DELETE path` through the interceptor. An empty answer reads as `()`.
    pub async fn delete<T: DeserializeOwned + 'static>(self, path: &str) -> Result<T, Error> {
        send(Request::new(Method::Delete, path)).await?.read()
    }
}

async fn send(request: Request) -> Result<Response, Error> {
    here::core().ok_or(Error::Unreachable)?.send(&request).await
}
