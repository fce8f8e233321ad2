//! New recovery codes, which are shown once: over every page, until the user says that they are saved.

use leptos::prelude::*;

use super::{Buttons, Modal, download::save};
use crate::{
    leptos_ext::{ClientOnly, client_only_views, effect, element, live_text, text_element},
    messages::messages,
};
use doorward::use_session;

/// The codes that are shown, one a line.
#[derive(Clone, Copy)]
pub struct NewRecoveryCodes(RwSignal<Option<String>>);

impl NewRecoveryCodes {
    pub fn provide() {
        let codes = Self(RwSignal::new(None));
        provide_context(codes);
        let session = use_session();
        effect(move || {
            if session.is_logged_in() == Some(false) {
                codes.0.set(None);
            }
        });
    }

    pub fn current() -> Self {
        expect_context()
    }

    pub fn show(self, codes: &[String]) {
        if !codes.is_empty() {
            self.0.set(Some(codes.join("\n")));
        }
    }
}

#[component]
pub fn RecoveryCodesDialog() -> impl IntoView {
    let NewRecoveryCodes(codes) = NewRecoveryCodes::current();
    client_only_views(move || codes.get().map(|text| ClientOnly::new(move || dialog(codes, text))))
}

fn dialog(codes: RwSignal<Option<String>>, text: String) -> impl IntoView {
    let messages = &messages().security;
    let unload = window_event_listener_untyped("beforeunload", |event| event.prevent_default());
    on_cleanup(move || unload.remove());
    let shown = text.clone();
    let content = move || {
        let text = shown.clone();
        Some(ClientOnly::of_element(move || {
            let label = text_element("label", &[("for", "codes-saved")], messages.saved);
            // The browser itself requires the check mark.
            let saved = element("input", &[("type", "checkbox"), ("id", "codes-saved"), ("required", "")], &[]);
            let done = text_element("button", &[("class", "button"), ("value", "done")], messages.done);
            let download = [("type", "button"), ("class", "button second"), ("value", "download")];
            element(
                "div",
                &[("class", "seed")],
                &[
                    text_element("pre", &[("translate", "no")], &text),
                    text_element("button", &download, messages.download),
                    element(
                        "form",
                        &[("method", "dialog")],
                        &[element("p", &[("class", "filter")], &[saved, label]), done],
                    ),
                ],
            )
        }))
    };
    let on_button = move |value: &str, _: &str| {
        if value == "download" {
            save(&text, "recovery-codes.txt");
        }
    };
    view! {
        <Modal
            id="codes"
            title=messages.codes.to_owned()
            description=live_text(move || messages.codes_lead)
            stays=true
            on_close=move || codes.set(None)
        >
            <Buttons on_button content=client_only_views(content)/>
        </Modal>
    }
}
