//! The platform: the browser APIs that the client needs, behind a trait. Tests implement it as well; server-side rendering has
//! no platform.

mod faults;

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(not(target_arch = "wasm32"))]
mod ssr;

use std::{pin::pin, time::Duration};

use futures::{
    future::{Either, LocalBoxFuture, select},
    stream::LocalBoxStream,
};

use crate::{
    clock::Clocks,
    request::{Authorization, Request, Response},
};

#[cfg(target_arch = "wasm32")]
pub(crate) use browser::{BrowserPlatform, FormData, form_body};
pub(crate) use faults::Faults;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use ssr::{BrowserPlatform, FormData, form_body};

/// No response arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoResponse;

/// The response to a request for a stream.
pub(crate) enum StreamResponse {
    /// What the server writes, piece by piece, until it stops or the connection breaks. Dropping it closes the connection.
    Stream(LocalBoxStream<'static, Vec<u8>>),
    /// Any status other than 200.
    Response(Response),
}

/// A Web Lock: work that only one tab of a browser does at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LockName {
    /// A refresh.
    Refresh,
    /// A request whose response sets or clears the cookie: of two at once, the responses could arrive in the wrong order.
    Cookie,
    /// The session-end stream: browsers limit the number of connections to a server.
    Events,
}

impl LockName {
    /// The name in messages between tabs.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::Cookie => "cookie",
            Self::Events => "events",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Refresh, Self::Cookie, Self::Events].into_iter().find(|lock| lock.name() == name)
    }
}

/// Transport, clocks, timers, randomness, tasks, and the other tabs of the browser.
pub(crate) trait Platform: 'static {
    /// A lock that no other tab has, until it is dropped. The browser releases it when the tab is closed or crashes.
    type Lock: 'static;

    /// Sends a request to the origin of the page, and to no other.
    async fn send(&self, request: &Request, authorization: Option<&Authorization>) -> Result<Response, NoResponse>;

    /// Opens a stream at the origin of the page.
    async fn open(&self, request: &Request, authorization: &Authorization) -> Result<StreamResponse, NoResponse>;

    fn now(&self) -> Clocks;

    /// Sleeps. Long sleeps may end early.
    async fn sleep(&self, time: Duration);

    /// A random number from 0 up to 1.
    fn random(&self) -> f64;

    /// Runs a task to its end, independent of the caller.
    fn spawn(&self, task: LocalBoxFuture<'static, ()>);

    /// Takes a lock if no tab has it.
    async fn try_lock(&self, name: LockName) -> Option<Self::Lock>;

    /// Waits in line for a lock.
    async fn lock(&self, name: LockName) -> Self::Lock;

    /// Takes a lock from its holder, ahead of all tabs in line.
    async fn steal_lock(&self, name: LockName) -> Self::Lock;

    /// Sends a message to all other tabs.
    fn broadcast(&self, message: &str);

    /// Calls `handle` for each event of the page, for as long as the page exists.
    fn listen(&self, handle: impl Fn(PageEvent) + 'static);

    /// Whether the page is visible now.
    fn is_visible(&self) -> bool;

    /// Faults to inject, for the inspector.
    fn faults(&self) -> &Faults;
}

/// An event of the page or of another tab.
pub(crate) enum PageEvent {
    /// A message of another tab.
    Message(String),
    /// The network returned.
    Online,
    /// The network is gone.
    Offline,
    /// The page became visible or hidden.
    VisibilityChange,
    /// The page is closed or enters the back/forward cache.
    Hide,
    /// The page was restored from the back/forward cache.
    Restore,
}

/// Runs `work` with a timeout; `None` if it takes longer.
pub(crate) async fn timeout<T>(platform: &impl Platform, time: Duration, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(platform.sleep(time))).await {
        Either::Left((result, _)) => Some(result),
        Either::Right(((), _)) => None,
    }
}
