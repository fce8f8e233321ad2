//! Who may see what.

#![expect(unreachable_pub, reason = "the component macro makes a hidden copy of the function, public as well")]

use leptos::{either::EitherOf3, prelude::*};

use super::{Status, use_session};

/// Shows its children to a person who is logged in, and to nobody else.
///
/// What is inside is built anew for each person, so that nothing passes from one to the next, and not when a session is
/// renewed, so that what is typed stays; neither when it has [lapsed](Status::ReauthRequired) and the person logs in again over the
/// page, which is for the application to cover meanwhile. When a page comes back from the browser's memory, it is hidden
/// until the server has said that the session is still live.
#[component]
pub fn Guard(
    /// Stands in until it is known who is logged in.
    #[prop(into)]
    unknown: ViewFn,
    /// What those see who are not logged in; a redirect, for example.
    #[prop(into)]
    anonymous: ViewFn,
    /// What only the person may see.
    children: ChildrenFn,
) -> impl IntoView {
    let session = use_session();
    let status = session.status();
    // Whose content is on the page: it stays, out of sight, while it is not known whether they are still there.
    let shown = Memo::new(move |shown: Option<&Option<String>>| match &*status.read() {
        Status::Unknown => shown.cloned().flatten(),
        Status::Anonymous { .. } => None,
        Status::LoggedIn { user, .. } | Status::ReauthRequired { user, .. } => Some(user.id.clone()),
    });
    let is_unknown = move || session.is_logged_in().is_none();
    let mut is_left = false;
    move || {
        if shown.get().is_none() {
            let place = if is_unknown() { unknown.run() } else { anonymous.run() };
            return EitherOf3::C(place);
        }
        // Boxed: the code that keeps an attribute up to date exists once in the WebAssembly and not for each closure.
        let is_hidden: Box<dyn Fn() -> Option<String> + Send> = Box::new(move || is_unknown().then(String::new));
        let view = view! {
            <div class="guarded" hidden=is_hidden>{children()}</div>
        };
        // Changes sides, so that nothing on the screen, typed text least of all, passes from one person to the next.
        is_left = !is_left;
        if is_left { EitherOf3::A(view) } else { EitherOf3::B(view) }
    }
}
