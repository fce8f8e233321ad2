//! Who may see a page. While it is not known who is logged in, neither kind of page shows itself or sends anybody away.

use std::sync::Arc;

use leptos::{children::ViewFn, either::EitherOf3, prelude::*};
use leptos_router::{
    NavigateOptions,
    components::Redirect,
    hooks::{use_query_map, use_url},
    location::Url,
};

use crate::{
    api::EndReason,
    client::{Status, use_session},
    return_path::ReturnPath,
};

/// Replaces the page in the history, so that Back does not lead here again.
fn replaced() -> NavigateOptions {
    NavigateOptions { replace: true, ..NavigateOptions::default() }
}

/// The address of this page, without the mark of a form that was sent too early.
fn here(url: &Url) -> String {
    match url.search() {
        "" | "early=1" => url.path().to_owned(),
        search => format!("{}?{search}", url.path()),
    }
}

/// Shows its children to those who are logged in and sends the others to the login page.
#[component]
pub fn Protected(
    /// Stands in until it is known who is logged in.
    #[prop(into)]
    skeleton: ViewFn,
    /// What only the person may see.
    children: ChildrenFn,
) -> impl IntoView {
    let session = use_session();
    let status = session.status();
    let person = Memo::new(move |_| match status.get() {
        Status::LoggedIn { user, .. } => Some(user.id),
        _ => None,
    });
    let url = use_url();
    let login = move || match status.get_untracked() {
        Status::Anonymous { why: Some(EndReason::LoggedOut) } => "/login".to_owned(),
        _ => url.with_untracked(|url| ReturnPath::parse(&here(url)).unwrap_or_default().through("/login")),
    };
    move || match session.is_logged_in() {
        Some(true) => {
            let children = Arc::clone(&children);
            // Keyed, so that nothing on the screen, typed text least of all, passes from one person to the next.
            EitherOf3::A(view! { <For each=move || person.get() key=String::clone children=move |_| children()/> })
        }
        Some(false) => EitherOf3::B(view! { <Redirect path=login() options=replaced()/> }),
        None => EitherOf3::C(skeleton.run()),
    }
}

/// The return path in the address of a login page, where there is a usable one.
pub fn use_next() -> Memo<Option<ReturnPath>> {
    let query = use_query_map();
    Memo::new(move |_| query.with(|query| query.get_str("next").and_then(ReturnPath::parse)))
}

/// Shows its children to those who are not logged in and sends the others on, to where they wanted to go.
#[component]
pub fn Guest(
    /// Stands in until it is known who is logged in.
    #[prop(into)]
    skeleton: ViewFn,
    /// What those who are not logged in see.
    children: ChildrenFn,
) -> impl IntoView {
    let session = use_session();
    let next = use_next();
    move || match session.is_logged_in() {
        Some(false) => EitherOf3::A(children()),
        Some(true) => {
            let path = next.get_untracked().unwrap_or_default();
            EitherOf3::B(view! { <Redirect path options=replaced()/> })
        }
        None => EitherOf3::C(skeleton.run()),
    }
}
