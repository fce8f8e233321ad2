//! The browser's half of authentication: holds the access token and gets requests through.
//! Knows nothing of our pages; other Leptos applications use it too.

use leptos::prelude::*;

use crate::api::{EndReason, Login, Problem, Register, Session, User};

/// Who the browser is logged in as.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// Not known yet: the page was asked for with a session cookie, and the silent refresh has not answered.
    Unknown,
    /// Nobody.
    Anonymous {
        /// Why the last session ended, where there was one.
        why: Option<EndReason>,
    },
    /// Somebody.
    LoggedIn {
        /// The person.
        user: User,
        /// This session.
        session: Session,
    },
}

/// Whether the server can be reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Connection {
    /// As far as is known, yes.
    Online,
    /// Not since this moment, in milliseconds of the Unix epoch by the device's clock: for display only.
    Unreachable {
        /// The first failure.
        since: f64,
    },
}

/// What can go wrong with a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// The server answered with a problem of ours.
    Problem(Problem),
    /// No answer came, or one that is not ours; the request may or may not have arrived.
    Unreachable,
}

/// Whether the page request carried a session cookie. The server puts it into the context of each page.
#[derive(Clone, Copy, Debug)]
pub struct HasSessionCookie(pub bool);

/// The session of this browser, for every component below [`AuthProvider`].
#[derive(Clone, Copy)]
pub struct SessionHandle {
    status: RwSignal<Status>,
}

/// The session of this browser. Panics outside an [`AuthProvider`].
pub fn use_session() -> SessionHandle {
    expect_context()
}

impl SessionHandle {
    /// Who is logged in.
    pub fn status(self) -> Signal<Status> {
        self.status.into()
    }
    /// Whether the server can be reached.
    pub fn connection(self) -> Signal<Connection> {
        Signal::stored(Connection::Online)
    }
    /// Whether somebody is logged in; `None` while that is not known. Made for `ProtectedRoute`.
    pub fn is_logged_in(self) -> Option<bool> {
        None
    }
    /// Registers and logs in.
    pub async fn register(self, _form: Register) -> Result<(), Error> {
        Ok(())
    }
    /// Logs in.
    pub async fn login(self, _form: Login) -> Result<(), Error> {
        Ok(())
    }
    /// Logs out: here at once, on the server as soon as it can be told.
    pub fn logout(self) {}
    /// Sends `GET path` through the interceptor.
    pub async fn get<T: serde::de::DeserializeOwned + 'static>(self, _path: &str) -> Result<T, Error> {
        Err(Error::Unreachable)
    }
    /// Sends `POST path` with a JSON body through the interceptor. An empty answer reads as `()`.
    pub async fn post<T: serde::de::DeserializeOwned + 'static>(
        self,
        _path: &str,
        _body: &impl serde::Serialize,
    ) -> Result<T, Error> {
        Err(Error::Unreachable)
    }
}

/// Gives its children a session.
#[component]
pub fn AuthProvider(
    /// What is inside.
    children: Children,
) -> impl IntoView {
    provide_context(SessionHandle { status: RwSignal::new(Status::Unknown) });
    children()
}
