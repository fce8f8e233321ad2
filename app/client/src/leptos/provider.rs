//! Provides the session to the components of an application.

#![expect(unreachable_pub, reason = "the component macro makes a hidden copy of the function, public as well")]

use leptos::prelude::*;

use super::SessionHandle;
use crate::{SessionEnd, global};

/// Whether the page request carried a session cookie or a refresh cookie. The server provides it as context of each page.
#[derive(Clone, Copy, Debug)]
pub struct HasSessionCookie(pub bool);

/// How the session of the page request has ended, if the server has looked it up. With this in the context, on the server and
/// in the browser, the first status is [`Status::Anonymous`](crate::Status::Anonymous) with this end, and no refresh is sent.
#[derive(Clone, Debug)]
pub struct InitialSessionEnd(pub SessionEnd);

/// Provides the session of this browser to its children: see [`use_session`](super::use_session).
///
/// The browser starts with the status that the server rendered, so that the first frame is the same; the silent refresh
/// follows.
/// Without [`HasSessionCookie`] in the context, the status starts as [`Status::Unknown`](crate::Status::Unknown).
#[component]
pub fn AuthProvider<V: IntoView + 'static>(
    /// The application.
    children: TypedChildren<V>,
) -> impl IntoView {
    let from_context = || use_context::<HasSessionCookie>().is_none_or(|HasSessionCookie(has)| has);
    let may_be_logged_in =
        if cfg!(feature = "csr") { from_context() } else { SharedValue::new_str(from_context).into_inner() };
    let end = use_context().map(|InitialSessionEnd(end)| end);
    provide_context(SessionHandle::open(may_be_logged_in, end));
    if let Some(client) = global::client() {
        client.start();
    }
    children.into_inner()()
}
