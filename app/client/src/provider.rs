//! Gives an application its session.

#![expect(unreachable_pub, reason = "the component macro makes a hidden copy of the function, public as well")]

use leptos::prelude::*;

use super::{SessionHandle, here};

/// Whether the page request carried the cookie of a session, whichever of the two kinds. The server puts it into the context of each page.
#[derive(Clone, Copy, Debug)]
pub struct HasSessionCookie(pub bool);

/// Gives its children a session.
///
/// The browser starts with what the server knew, so that both render the same first frame; the silent refresh
/// follows. Without [`HasSessionCookie`] nobody can say, and the refresh will tell.
#[component]
pub fn AuthProvider<V: IntoView + 'static>(
    /// What is inside.
    children: TypedChildren<V>,
) -> impl IntoView {
    let may_be_logged_in =
        SharedValue::new_str(|| use_context::<HasSessionCookie>().is_none_or(|HasSessionCookie(has)| has)).into_inner();
    provide_context(SessionHandle::open(may_be_logged_in));
    if let Some(core) = here::core() {
        core.start();
    }
    children.into_inner()()
}
