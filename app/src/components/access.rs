//! Access to pages: protected pages redirect to the login page, guest pages redirect logged-in users away. Until the session
//! is known, both show a skeleton and redirect nowhere.

use leptos::prelude::*;

use super::Page;
use crate::{
    leptos_ext::{BoxedChildrenFn, ClientOnlyChildren},
    messages::messages,
    page_data::PageData,
    return_path::ReturnPath,
    router::{NavigateOptions, Redirect, use_location, use_pages, use_query},
};
use doorward::{Guard, SessionEnd, Status, use_session};
use doorward_api::EndReason;

/// Shows its children to logged-in users and redirects everyone else to the login page.
#[component]
fn Protected(
    /// Shown until the session is known.
    #[prop(into)]
    skeleton: BoxedChildrenFn,
    children: ClientOnlyChildren,
) -> impl IntoView {
    let status = use_session().status();
    let login_path = use_login_path();
    // After a logout, the next login starts at the account page.
    let login = move || match status.get_untracked() {
        Status::Anonymous { end: Some(SessionEnd { reason: EndReason::LoggedOut, .. }) } => "/login".to_owned(),
        _ => login_path(),
    };
    let children = BoxedChildrenFn::from(children).into_fn();
    view! { <Guard unknown=move || skeleton.view() anonymous=move || redirect(login()) children/> }
}

/// A page for logged-in users.
#[component]
pub fn ProtectedPage(
    /// The heading, and the first half of the document title.
    title: &'static str,
    /// The CSS class of the layout.
    #[prop(default = "narrow")]
    layout: &'static str,
    /// The paragraph below the heading.
    #[prop(optional)]
    lead: Option<&'static str>,
    /// Shown until the session is known.
    #[prop(into)]
    skeleton: BoxedChildrenFn,
    children: ClientOnlyChildren,
) -> impl IntoView {
    view! {
        <Page title layout lead>
            {(!is_browser()).then(|| view! { <noscript><p class="notice">{messages().document.no_script}</p></noscript> })}
            <Protected skeleton children/>
        </Page>
    }
}

/// Shows its children to users who are not logged in and redirects logged-in users to the return path.
#[component]
pub fn GuestOnly(
    /// Shown until the session is known.
    #[prop(into)]
    skeleton: BoxedChildrenFn,
    children: BoxedChildrenFn,
) -> impl IntoView {
    let (next, brand, pages) = (use_next(), PageData::current().brand, use_pages());
    let leave = move || {
        let target = untrack(next).unwrap_or_else(|| ReturnPath::home(&brand));
        if target.is_shown(pages, &brand) {
            return Some(redirect(target.to_string()));
        }
        // Another application on this origin.
        if is_browser() {
            _ = location().replace(&target.to_string());
        }
        None
    };
    view! { <Guard unknown=move || skeleton.view() anonymous=move || children.view()>{leave()}</Guard> }
}

/// Replaces the history entry, so that Back does not return to a page that redirects.
fn redirect(path: String) -> impl IntoView {
    view! { <Redirect path options=NavigateOptions { replace: true }/> }
}

/// The path of the login page with this page as the return path.
pub fn use_login_path() -> impl Fn() -> String + Clone + Send + Sync + 'static {
    let location = use_location();
    move || {
        let path = location.pathname.get_untracked() + &location.search.read_untracked();
        ReturnPath::parse(&path).unwrap_or_default().through("/login")
    }
}

/// The return path in the query of a login page, if it is valid.
pub fn use_next() -> impl Fn() -> Option<ReturnPath> + Copy + Send + Sync + 'static {
    let next = use_query("next");
    move || next().as_deref().and_then(ReturnPath::parse)
}
