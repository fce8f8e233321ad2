//! Who may see a page. While it is not known who is logged in, neither kind of page shows itself or sends anybody away.

use leptos::{either::EitherOf3, prelude::*};
use leptos_router::{
    NavigateOptions,
    components::Redirect,
    hooks::{use_query_map, use_url},
    location::Url,
};

use super::content::ContentFn;
use crate::{
    api::EndReason,
    client::{Status, use_session},
    return_path::ReturnPath,
};

/// The three answers, with the person in one of them: when another logs in, what the first one saw is built anew.
#[derive(Clone, PartialEq)]
enum Who {
    Unknown,
    Nobody,
    Person(String),
}

/// Changes with the person, not with each renewal of their session: a page keeps what is typed into it.
fn use_who() -> Memo<Who> {
    let status = use_session().status();
    Memo::new(move |_| match status.get() {
        Status::Unknown => Who::Unknown,
        Status::Anonymous { .. } => Who::Nobody,
        Status::LoggedIn { user, .. } => Who::Person(user.id),
    })
}

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
    skeleton: ContentFn,
    /// What only the person may see.
    children: ContentFn,
) -> impl IntoView {
    let who = use_who();
    let status = use_session().status();
    let url = use_url();
    let login = move || match status.get_untracked() {
        Status::Anonymous { why: Some(EndReason::LoggedOut) } => "/login".to_owned(),
        _ => url.with_untracked(|url| ReturnPath::parse(&here(url)).unwrap_or_default().through("/login")),
    };
    move || match who.get() {
        Who::Person(_) => EitherOf3::A(children.view()),
        Who::Nobody => EitherOf3::B(view! { <Redirect path=login() options=replaced()/> }),
        Who::Unknown => EitherOf3::C(skeleton.view()),
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
    skeleton: ContentFn,
    /// What those who are not logged in see.
    children: ContentFn,
) -> impl IntoView {
    let who = use_who();
    let next = use_next();
    move || match who.get() {
        Who::Nobody => EitherOf3::A(children.view()),
        Who::Person(_) => {
            let path = next.get_untracked().unwrap_or_default();
            EitherOf3::B(view! { <Redirect path options=replaced()/> })
        }
        Who::Unknown => EitherOf3::C(skeleton.view()),
    }
}
