//! Logging in again over the page, which stays as it is.

use leptos::{
    ev::KeyboardEvent,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{FocusOptions, HtmlElement},
};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};
use send_wrapper::SendWrapper;

use super::Lapse;
use crate::{
    components::{Form, PasswordField, TextField, Typed, access::use_way_back, show_modal},
    content::changing,
    private::{self, Private},
    words,
};
use doorward::{Identity, Status, use_session};
use doorward_api::Login;

/// The dialog: when the session has ended, or when the person asks for it before. The one becomes the other, so that
/// what is typed already stays.
#[component]
pub fn LoginAgain() -> impl IntoView {
    let Lapse { asked, .. } = expect_context();
    let status = use_session().status();
    let is_over = Memo::new(move |_| matches!(*status.read(), Status::ReauthRequired { .. }));
    let is_open = Memo::new(move |_| is_over.get() || asked.get());
    private::changing(move || is_open.get().then(|| Private::new(move || view! { <Dialog is_over/> })))
}

/// A native dialog: it keeps the focus and makes what is around it inert. While the session is over, nothing of the page
/// can be read, and only the two buttons lead out of it.
#[component]
fn Dialog(is_over: Memo<bool>) -> impl IntoView {
    let session = use_session();
    let lapse: Lapse = expect_context();
    let name = session.status().with_untracked(|status| match status.identity() {
        Identity::User { name, .. } => name,
        Identity::Anonymous | Identity::Unknown => String::new(),
    });
    let email = lapse.email.get_untracked();
    let first = if email.is_empty() { "email" } else { "password" };
    let open = move || show_modal("login-again", Some(first));
    open();
    give_focus_back(lapse);

    let log_in = async move |typed: Typed| {
        let form = Login { email: typed.text("email"), password: typed.text("password") };
        session.reauthenticate(&form).await?;
        lapse.note(&form.email);
        lapse.asked.set(false);
        // The warning goes now, and not a moment after the focus has come back to it.
        lapse.look();
        Ok(())
    };
    let (way_back, path, navigate) = (use_way_back(), use_location().pathname, use_navigate());
    let put_away = move |_| {
        if is_over.get_untracked() {
            let (login, navigate) = (way_back(), navigate.clone());
            session.cancel_reauthentication();
            // What only the person may see leads there by itself.
            request_animation_frame(move || {
                if path.get_untracked() != "/login" {
                    navigate(&login, NavigateOptions::default());
                }
            });
        } else {
            lapse.asked.set(false);
        }
    };
    let stay = move |event: KeyboardEvent| {
        if event.key() == "Escape" && is_over.get_untracked() {
            event.prevent_default();
        }
    };
    view! {
        <dialog
            id="login-again"
            class=changing(move || is_over.get().then_some("over"))
            aria-labelledby="login-again-title"
            aria-describedby="login-again-why"
            closedby=changing(move || Some(if is_over.get() { "none" } else { "closerequest" }))
            on:keydown=stay
            // Some browsers close it all the same.
            on:close=move |_| if is_over.get_untracked() { open() } else { lapse.asked.set(false) }
        >
            <h2 id="login-again-title">{changing(move || Some(words::end_title(is_over.get())))}</h2>
            <p id="login-again-why" aria-live="polite">{changing(move || Some(words::end_of(&name, is_over.get())))}</p>
            <Form button="Log in" send=log_in is_of_page=false>
                <TextField name="email" label="Email" kind="email" autocomplete="username" value=move || Some(email.clone())/>
                <PasswordField name="password" label="Password"/>
            </Form>
            <button type="button" class="button second" on:click=put_away>
                {changing(move || Some(if is_over.get() { "Leave this page" } else { "Not now" }))}
            </button>
        </dialog>
    }
}

/// When the dialog goes, the focus returns to where it is now, unless it has found another place. Where that was in the
/// warning, which goes with a longer stay, it returns to what had it before. Nothing scrolls.
fn give_focus_back(lapse: Lapse) {
    let here = document().active_element().and_then(|element| element.dyn_into().ok());
    let places = SendWrapper::new([here, lapse.focused.get_value().map(SendWrapper::take)]);
    on_cleanup(move || {
        request_animation_frame(move || {
            if document().active_element().is_some_and(|element| element.tag_name() != "BODY") {
                return;
            }
            let is_there = |place: &HtmlElement| place.is_connected() && place.tag_name() != "BODY";
            let place = places.take().into_iter().flatten().find(is_there);
            let place = place.or_else(|| document().query_selector("h1").ok().flatten()?.dyn_into().ok());
            if let Some(place) = place {
                let without_scrolling = FocusOptions::new();
                without_scrolling.set_prevent_scroll(true);
                _ = place.focus_with_options(&without_scrolling);
            }
        });
    });
}
