//! The dialog to log in again over the page, which keeps its state.

use leptos::{
    ev::KeyboardEvent,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{FocusOptions, HtmlElement},
};
use send_wrapper::SendWrapper;

use super::Reauth;
use crate::{
    components::{Factors, LoginForm, LoginSteps, Proves, access::use_login_path, focus_on, show_modal},
    leptos_ext::{ClientOnly, client_only_views, live_text, reactive_text},
    messages::{self, messages},
    router::{NavigateOptions, use_location, use_navigate},
};
use doorward::{Identity, Status, use_session};

/// Opens when the session has expired, or earlier from the warning. If the session expires while the dialog is open,
/// the same dialog stays, with what was entered.
#[component]
pub fn ReauthDialog() -> impl IntoView {
    let Reauth { is_requested, .. } = expect_context();
    let status = use_session().status();
    let is_expired = Memo::new(move |_| matches!(*status.read(), Status::ReauthRequired { .. }));
    let is_open = Memo::new(move |_| is_expired.get() || is_requested.get());
    client_only_views(move || is_open.get().then(|| ClientOnly::new(move || view! { <Dialog is_expired/> })))
}

/// A native modal dialog. While the session is expired, it hides the page and cannot be dismissed with Escape.
#[component]
fn Dialog(is_expired: Memo<bool>) -> impl IntoView {
    let session = use_session();
    let reauth: Reauth = expect_context();
    let name = session.status().with_untracked(|status| match status.identity() {
        Identity::User { name, .. } => name,
        Identity::Anonymous | Identity::Unknown => String::new(),
    });
    let email = reauth.email.get_untracked();
    let first = if email.is_empty() { "email" } else { "password" };
    let open = move || show_modal("reauth", Some(first));
    open();
    restore_focus_on_cleanup(reauth);

    let steps = LoginSteps::begin();
    let step = move || {
        Some(match steps.pending.get() {
            None => ClientOnly::new(move || view! { <LoginForm steps is_in_page=false/> }),
            Some(pending) => ClientOnly::new(move || {
                focus_on("totp".to_owned());
                view! { <Factors proves=Proves::Login(steps) pending/> }
            }),
        })
    };
    let (login_path, path, navigate) = (use_login_path(), use_location().pathname, use_navigate());
    let dismiss = move |_| {
        if is_expired.get_untracked() {
            let (login, navigate) = (login_path(), navigate.clone());
            // A logout of the user's own.
            reauth.remember_email("");
            session.cancel_reauthentication();
            // A protected page redirects automatically.
            request_animation_frame(move || {
                if path.get_untracked() != "/login" {
                    navigate(&login, NavigateOptions::default());
                }
            });
        } else {
            reauth.is_requested.set(false);
        }
    };
    let keep_open = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !event.is_composing() && is_expired.get_untracked() {
            event.prevent_default();
        }
    };
    view! {
        <dialog
            id="reauth"
            class=reactive_text(move || is_expired.get().then_some("expired"))
            aria-labelledby="reauth-title"
            aria-describedby="reauth-description"
            closedby=reactive_text(move || Some(if is_expired.get() { "none" } else { "closerequest" }))
            on:keydown=keep_open
            // Browsers without `closedby` close it nevertheless.
            on:close=move |_| if is_expired.get_untracked() { open() } else { reauth.is_requested.set(false) }
        >
            <h2 id="reauth-title">{live_text(move || messages::reauth_title(is_expired.get()))}</h2>
            <p id="reauth-description" aria-live="polite">
                {live_text(move || messages::reauth_description(&name, is_expired.get()))}
            </p>
            {client_only_views(step)}
            <button type="button" class="button second" on:click=dismiss>
                {live_text(move || if is_expired.get() { messages().reauth.leave } else { messages().reauth.not_now })}
            </button>
        </dialog>
    }
}

/// When the dialog closes, focuses what has the focus now, or what had it before the warning if the warning is gone, unless
/// something else has been focused. Never scrolls.
pub(super) fn restore_focus_on_cleanup(reauth: Reauth) {
    let active = document().active_element().and_then(|element| element.dyn_into().ok());
    let candidates = SendWrapper::new([active, reauth.previous_focus.get_value().map(SendWrapper::take)]);
    on_cleanup(move || {
        request_animation_frame(move || {
            if document().active_element().is_some_and(|element| element.tag_name() != "BODY") {
                return;
            }
            let can_focus = |element: &HtmlElement| element.is_connected() && element.tag_name() != "BODY";
            let target = candidates.take().into_iter().flatten().find(can_focus);
            let target = target.or_else(|| document().query_selector("h1").ok().flatten()?.dyn_into().ok());
            if let Some(target) = target {
                let without_scrolling = FocusOptions::new();
                without_scrolling.set_prevent_scroll(true);
                _ = target.focus_with_options(&without_scrolling);
            }
        });
    });
}
