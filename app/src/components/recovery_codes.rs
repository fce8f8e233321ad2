//! New recovery codes, which are shown once: over every page, until the user says that they are saved.

use leptos::{
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Event, HtmlDialogElement},
};

use super::{download::save, show_modal};
use crate::{
    leptos_ext::{ClientOnly, client_only_views, effect},
    messages::messages,
};
use doorward::use_session;

/// The codes that are shown.
#[derive(Clone, Copy)]
pub struct NewRecoveryCodes(RwSignal<Vec<String>>);

impl NewRecoveryCodes {
    pub fn provide() {
        let codes = Self(RwSignal::new(Vec::new()));
        provide_context(codes);
        let session = use_session();
        effect(move || {
            if session.is_logged_in() == Some(false) {
                codes.0.set(Vec::new());
            }
        });
    }

    pub fn current() -> Self {
        expect_context()
    }

    pub fn show(self, codes: Vec<String>) {
        self.0.set(codes);
    }
}

#[component]
pub fn RecoveryCodesDialog() -> impl IntoView {
    let NewRecoveryCodes(codes) = NewRecoveryCodes::current();
    client_only_views(move || {
        let text = codes.get().join("\n");
        (!text.is_empty()).then(|| ClientOnly::new(move || view! { <Dialog text/> }))
    })
}

#[component]
fn Dialog(text: String) -> impl IntoView {
    let NewRecoveryCodes(codes) = NewRecoveryCodes::current();
    let messages = &messages().security;
    show_modal("codes", None);
    let unload = window_event_listener_untyped("beforeunload", |event| event.prevent_default());
    on_cleanup(move || unload.remove());
    let shown = text.clone();
    // Escape may close it in spite of `closedby`: the codes are not lost.
    let on_close = move |event: Event| {
        let dialog = event.target().and_then(|dialog| dialog.dyn_into::<HtmlDialogElement>().ok());
        if dialog.is_some_and(|dialog| dialog.return_value().is_empty()) {
            show_modal("codes", None);
        } else {
            codes.set(Vec::new());
        }
    };
    view! {
        <dialog id="codes" aria-labelledby="codes-title" aria-describedby="codes-description" closedby="none" on:close=on_close>
            <h2 id="codes-title">{messages.codes}</h2>
            <p id="codes-description">{messages.codes_lead}</p>
            <pre translate="no">{shown}</pre>
            <button type="button" class="button second" on:click=move |_| save(&text, "recovery-codes.txt")>
                {messages.download}
            </button>
            // The browser itself requires the check mark.
            <form method="dialog">
                <label class="filter"><input type="checkbox" required/>{messages.saved}</label>
                <button class="button" value="saved">{messages.done}</button>
            </form>
        </dialog>
    }
}
