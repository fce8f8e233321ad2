//! Who is logged in: initials and name, a menu with the email, and "Log out".

use leptos::{
    ev::SubmitEvent,
    prelude::*,
    task::spawn_local,
    wasm_bindgen::JsCast,
    web_sys::{Event, HtmlElement},
};

use crate::{
    components::Reauth,
    leptos_ext::{ClientOnly, client_only_views, live_text, reactive_text},
    messages::{self, messages},
    router::{NavigateOptions, use_navigate},
};
use doorward::{Identity, use_session};
use doorward_api::Account;

#[component]
pub fn UserMenu() -> impl IntoView {
    let session = use_session();
    let navigate = use_navigate();
    let reauth: Reauth = expect_context();
    let status = session.status();
    let name = Memo::new(move |_| match status.with(doorward::Status::identity) {
        Identity::User { name, .. } => name,
        Identity::Anonymous | Identity::Unknown => String::new(),
    });
    let is_open = RwSignal::new(false);
    // The access token has no email: it is fetched when the menu opens.
    let on_toggle = move |event: Event| {
        let menu = event.target().and_then(|menu| menu.dyn_into::<HtmlElement>().ok());
        is_open.set(menu.is_some_and(|menu| matches!(menu.matches(":popover-open"), Ok(true))));
        if is_open.get_untracked() && reauth.email().is_empty() {
            spawn_local(async move {
                if let Ok(account) = session.get::<Account>("/api/account").await {
                    reauth.remember_email(&account.email);
                }
            });
        }
    };
    let log_out = move |event: SubmitEvent| {
        event.prevent_default();
        session.logout();
        navigate("/login", NavigateOptions::default());
    };
    view! {
        <div class="user">
            <button
                type="button"
                class="user-button"
                popovertarget="user-menu"
                aria-label=reactive_text(move || Some(messages::logged_in_as(&name.read())))
            >
                // In attributes: not to be translated, and each page has the name once in its text.
                <span class="avatar" data-text=reactive_text(move || Some(initials(&name.read())))></span>
                <span class="user-name" data-text=reactive_text(move || Some(name.get()))></span>
            </button>
            <div id="user-menu" popover="auto" on:toggle=on_toggle>
                {client_only_views(move || is_open.get().then(|| ClientOnly::new(move || view! {
                    <p><strong dir="auto">{live_text(move || name.get())}</strong></p>
                    <p dir="auto">{live_text(move || reauth.email())}</p>
                })))}
            </div>
            <form method="post" action="/logout" on:submit=log_out>
                <button class="quiet">{messages().shell.log_out}</button>
            </form>
        </div>
    }
}

/// The first letters of the first and the last word. The style sheet makes them upper case.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = words.next();
    first.into_iter().chain(words.next_back()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_of_the_first_and_the_last_word() {
        for (name, expected) in [
            ("Ada Lovelace", "AL"),
            ("ada", "a"),
            ("Ada King, Countess of Lovelace", "AL"),
            ("李 明", "李明"),
            ("", ""),
        ] {
            assert_eq!(initials(name), expected);
        }
    }
}
