//! The header of every page: logo and main navigation.

use leptos::{ev::SubmitEvent, prelude::*};

use crate::{
    leptos_ext::{ClientOnly, client_only_views, erase, reactive_text, reactive_view},
    page_data::PageData,
    router::{NavigateOptions, use_location, use_navigate},
};
use doorward::{Status, use_session};

#[component]
pub fn Header() -> impl IntoView {
    let session = use_session();
    view! {
        <header class="site-header">
            <nav aria-label="Main">
                <a class="brand" href="/">
                    // Decorative: the text beside it names the link.
                    <svg class="logo" viewBox="0 0 24 24" width="24" height="24" fill="none" aria-hidden="true">
                        <path d="M4 21V8a5 5 0 0 1 5-5h6a5 5 0 0 1 5 5v13" stroke="currentColor" stroke-width="2" stroke-linecap="round"/>
                        <path d="M8 8.7a1.7 1.7 0 0 1 2.1-1.65l4.6 1.15A1.7 1.7 0 0 1 16 9.85v8.3a1.7 1.7 0 0 1-1.3 1.65l-4.6 1.15A1.7 1.7 0 0 1 8 19.3zm5.2 4.3a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 0 0 0-2.2z" fill="currentColor" fill-rule="evenodd"/>
                    </svg>
                    "Doorward"
                </a>
                // Guest pages link to each other in their text. While the session is unknown, it is most likely live.
                {reactive_view(move || (session.is_logged_in() != Some(false)).then(|| erase(|| view! { <UserLinks/> })))}
            </nav>
        </header>
    }
}

/// The links for logged-in users, and "Log out".
#[component]
fn UserLinks() -> impl IntoView {
    let session = use_session();
    let path = use_location().pathname;
    let navigate = use_navigate();
    let has_inspector = PageData::current().has_inspector;
    let status = session.status();
    let is_admin = Memo::new(move |_| {
        status.with(|status| match status {
            Status::LoggedIn { user, .. } | Status::ReauthRequired { user, .. } => {
                user.roles.iter().any(|role| role == "admin")
            }
            Status::Unknown | Status::Anonymous { .. } => false,
        })
    });
    let link = move |page: &'static str, name: &'static str| {
        let current = reactive_text(move || (*path.read() == page).then_some("page"));
        view! { <li><a href=page aria-current=current>{name}</a></li> }
    };
    let log_out = move |event: SubmitEvent| {
        event.prevent_default();
        session.logout();
        navigate("/login", NavigateOptions::default());
    };
    view! {
        <ul>
            // The home page has this link in its content.
            {reactive_view(move || (*path.read() != "/").then(|| erase(move || link("/account", "Account"))))}
            {link("/sessions", "Sessions")}
            {link("/activity", "Activity")}
            {client_only_views(move || is_admin.get().then(|| ClientOnly::new(move || link("/users", "Users"))))}
            {has_inspector.then(|| link("/inspector", "Inspector"))}
            <li>
                <form method="post" action="/logout" on:submit=log_out>
                    <button class="quiet">"Log out"</button>
                </form>
            </li>
        </ul>
    }
}
