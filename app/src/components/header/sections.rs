//! The sections of the account: a list at the side, on small screens a bar below the header.

use leptos::prelude::*;

use crate::{
    leptos_ext::{ClientOnly, client_only_views, reactive_text},
    messages::messages,
    page_data::PageData,
    router::use_location,
};
use doorward::use_session;

#[component]
pub fn Sections() -> impl IntoView {
    let path = use_location().pathname;
    let shell = &messages().shell;
    let status = use_session().status();
    let is_admin = Memo::new(move |_| {
        status.with(|status| status.user().is_some_and(|user| user.roles.iter().any(|role| role == "admin")))
    });
    let link = move |page: &'static str, name: &'static str| {
        let current = reactive_text(move || (*path.read() == page).then_some("page"));
        view! { <li><a href=page aria-current=current>{name}</a></li> }
    };
    view! {
        <ul class="sections">
            {link("/account", shell.account)}
            {link("/security", messages().security.title)}
            {link("/sessions", shell.sessions)}
            {link("/activity", shell.activity)}
            {client_only_views(move || is_admin.get().then(|| ClientOnly::new(move || link("/users", shell.users))))}
            {PageData::current().has_inspector.then(|| link("/inspector", shell.inspector))}
        </ul>
    }
}
