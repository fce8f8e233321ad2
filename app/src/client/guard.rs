//! Pages for people who are logged in.

#![expect(unreachable_pub, reason = "the component macro makes a hidden copy of the function, public as well")]

use leptos::{children::ViewFn, either::EitherOf3, prelude::*};
use leptos_router::{NavigateOptions, components::Redirect, hooks::use_location, location::Url};

use super::{ReturnPath, Status, use_session};
use crate::api::EndReason;

/// Shows its children to somebody who is logged in, and takes everybody else to the login page, with the way back in
/// `?next=`. While nobody knows yet, it shows the fallback: no flash of the login page for somebody who is logged in.
#[component]
pub fn RequireLogin(
    /// The path of the login page.
    login: &'static str,
    /// What is shown until it is known who is logged in.
    #[prop(optional, into)]
    fallback: ViewFn,
    /// What is inside.
    children: ChildrenFn,
) -> impl IntoView {
    let session = use_session();
    let location = use_location();
    move || match session.is_logged_in() {
        Some(true) => EitherOf3::A(children()),
        None => EitherOf3::B(fallback.run()),
        Some(false) => {
            let here = format!("{}{}", location.pathname.get_untracked(), location.search.get_untracked());
            let way_back = if left_on_purpose(&session.status().read_untracked()) { None } else { Some(here) };
            let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
            EitherOf3::C(view! { <Redirect path=login_path(login, way_back.as_deref()) options/> })
        }
    }
}

/// The login page's path, with the way back unless there is none to speak of.
fn login_path(login: &str, way_back: Option<&str>) -> String {
    match way_back.and_then(ReturnPath::parse) {
        Some(path) => format!("{login}?next={}", Url::escape(path.as_str())),
        None => login.to_owned(),
    }
}

/// Whoever logs in next on this browser may be somebody else.
fn left_on_purpose(status: &Status) -> bool {
    matches!(status, Status::Anonymous { why: Some(EndReason::LoggedOut) })
}
