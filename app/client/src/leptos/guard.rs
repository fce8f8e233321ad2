//! Shows content to logged-in users only.

#![expect(unreachable_pub, reason = "the component macro makes a hidden copy of the function, public as well")]

use leptos::{either::EitherOf3, prelude::*};

use super::use_session;
use crate::Status;

/// Shows its children to a logged-in user only.
///
/// The children are rebuilt for each user, so that no content of one user is left for the next. They stay when the session is
/// renewed, and while it [requires reauthentication](Status::ReauthRequired): the application covers the page meanwhile. When
/// the page is restored from the back/forward cache, they are hidden until the server has confirmed the session.
#[component]
pub fn Guard(
    /// Shown while the status is [`Status::Unknown`].
    #[prop(into)]
    unknown: ViewFn,
    /// Shown while the status is [`Status::Anonymous`]: a login form, or a redirect.
    #[prop(into)]
    anonymous: ViewFn,
    /// Shown to the logged-in user.
    children: ChildrenFn,
) -> impl IntoView {
    let session = use_session();
    let status = session.status();
    // The user whose content is on the page. It stays, hidden, while the status is unknown.
    let shown = Memo::new(move |shown: Option<&Option<String>>| match &*status.read() {
        Status::Unknown => shown.cloned().flatten(),
        Status::Anonymous { .. } => None,
        Status::LoggedIn { user, .. } | Status::ReauthRequired { user, .. } => Some(user.id.clone()),
    });
    let is_unknown = move || session.is_logged_in().is_none();
    let mut is_alternate = false;
    move || {
        if shown.get().is_none() {
            let placeholder = if is_unknown() { unknown.run() } else { anonymous.run() };
            return EitherOf3::C(placeholder);
        }
        // Boxed: the code that keeps an attribute up to date exists once in the WebAssembly and not for each closure.
        let is_hidden: Box<dyn Fn() -> Option<String> + Send> = Box::new(move || is_unknown().then(String::new));
        let view = view! {
            <div class="guarded" hidden=is_hidden>{children()}</div>
        };
        // Alternates between two variants, so that Leptos replaces the elements: no content, such as typed text, is left for
        // the next user.
        is_alternate = !is_alternate;
        if is_alternate { EitherOf3::A(view) } else { EitherOf3::B(view) }
    }
}
