//! Who may see a page. While it is not known who is logged in, neither kind of page shows itself or sends anybody away.

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    components::Redirect,
    hooks::{use_query_map, use_url},
    location::Url,
};

use super::Page;
use crate::{
    content::{ContentFn, PrivateContent},
    return_path::ReturnPath,
};
use doorward::{Guard, SessionEnd, Status, use_session};
use doorward_api::EndReason;

/// Shows its children to those who are logged in and sends the others to the login page.
#[component]
fn Protected(
    /// Stands in until it is known who is logged in.
    #[prop(into)]
    skeleton: ContentFn,
    /// What only the person may see.
    children: PrivateContent,
) -> impl IntoView {
    let status = use_session().status();
    let way_back = use_way_back();
    let login = move || match status.get_untracked() {
        Status::Anonymous { end: Some(SessionEnd { reason: EndReason::LoggedOut, .. }) } => "/login".to_owned(),
        _ => way_back(),
    };
    view! { <Guard unknown=move || skeleton.view() anonymous=move || sent_to(login()) children=ContentFn::from(children).into_fn()/> }
}

/// A page for those who are logged in.
#[component]
pub fn ProtectedPage(
    /// The heading, and the first half of the document's title.
    title: &'static str,
    /// How it is laid out.
    #[prop(default = "narrow")]
    layout: &'static str,
    /// What it is for, where the heading leaves that open.
    #[prop(optional)]
    lead: Option<&'static str>,
    /// Stands in until it is known who is logged in.
    #[prop(into)]
    skeleton: ContentFn,
    /// What only the person may see.
    children: PrivateContent,
) -> impl IntoView {
    view! {
        <Page title layout lead>
            <Protected skeleton children/>
        </Page>
    }
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
    let next = use_next();
    let onward = move || untrack(next).unwrap_or_default().to_string();
    view! { <Guard unknown=move || skeleton.view() anonymous=move || children.view()>{sent_to(onward())}</Guard> }
}

/// Leads elsewhere, so that Back does not lead here again.
fn sent_to(path: String) -> impl IntoView {
    let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
    view! { <Redirect path options/> }
}

/// The address of the login page that leads back here.
pub fn use_way_back() -> impl Fn() -> String + Clone + Send + Sync + 'static {
    let url = use_url();
    move || url.with_untracked(|url| ReturnPath::parse(&here(url)).unwrap_or_default().through("/login"))
}

/// The return path in the address of a login page, where there is a usable one.
pub fn use_next() -> impl Fn() -> Option<ReturnPath> + Copy + Send + Sync + 'static {
    let query = use_query_map();
    move || query.with(|query| query.get_str("next").and_then(ReturnPath::parse))
}

/// The address of this page, without the mark of a form that was sent too early.
fn here(url: &Url) -> String {
    unmarked(url.path(), url.search())
}

fn unmarked(path: &str, search: &str) -> String {
    let kept: Vec<_> = search.split('&').filter(|pair| *pair != "early=1").collect();
    match kept.join("&").as_str() {
        "" => path.to_owned(),
        search => format!("{path}?{search}"),
    }
}

#[cfg(test)]
mod tests {
    use super::unmarked;

    #[test]
    fn the_way_back_keeps_its_query_and_loses_the_mark() {
        assert_eq!(unmarked("/account", ""), "/account");
        assert_eq!(unmarked("/account", "early=1"), "/account");
        assert_eq!(unmarked("/docs", "at=a%26b&early=1"), "/docs?at=a%26b");
        assert_eq!(unmarked("/docs", "early=1&at=1&early=1&to=2"), "/docs?at=1&to=2");
        assert_eq!(unmarked("/docs", "nearly=1&early=10"), "/docs?nearly=1&early=10");
    }
}
