//! A password field with a show button and, for new passwords, a length indicator.

use leptos::{html, prelude::*};

use super::{
    field::{FieldError, described_by, is_invalid},
    form::{FormContext, aria_bool},
};
use crate::{
    leptos_ext::{effect, live_text, reactive_text},
    messages::{self, messages},
    page_data::PageData,
};

/// A password field. Pasting and password managers are allowed.
#[component]
pub fn PasswordField(
    /// The member name in JSON, also used as the `id`.
    name: &'static str,
    label: &'static str,
    /// Whether this is a new password, with the length indicator, or the current one.
    #[prop(optional)]
    is_new: bool,
) -> impl IntoView {
    let form = expect_context::<FormContext>();
    let error = form.error(name);
    let input = NodeRef::<html::Input>::new();
    let is_shown = RwSignal::new(false);
    // Hidden while submitting, so that browsers do not store it as plain text.
    let is_readable = move || is_shown.get() && !form.pending.get();

    let length = RwSignal::new(0);
    let count = move || {
        if let Some(input) = input.get() {
            length.set(input.value().chars().count());
        }
    };
    // Also initially: text may have been entered before the program was there.
    effect(move || {
        form.resets.track();
        count();
    });

    view! {
        <div class="field">
            <label for=name>{label}</label>
            <FieldError name error/>
            <div class="with-button">
                <input
                    id=name
                    name=name
                    node_ref=input
                    type=reactive_text(move || Some(if is_readable() { "text" } else { "password" }))
                    autocomplete=if is_new { "new-password" } else { "current-password" }
                    autocapitalize="none"
                    spellcheck="false"
                    required
                    autofocus=form.takes_focus(error)
                    aria-invalid=is_invalid(error)
                    aria-describedby=described_by(name, error, is_new)
                    on:input=move |_| count()
                />
                <button
                    type="button"
                    class="reveal"
                    aria-pressed=aria_bool(is_shown)
                    aria-controls=name
                    on:click=move |_| is_shown.update(|shown| *shown = !*shown)
                >
                    // Not an `aria-label`, which would compete with the label of the field.
                    {messages().form.show}<span class="visually-hidden">" "{messages().form.of_password}</span>
                </button>
            </div>
            {is_new.then(|| view! { <PasswordLength name length/> })}
        </div>
    }
}

/// Progress toward the minimum length.
#[component]
fn PasswordLength(name: &'static str, length: RwSignal<usize>) -> impl IntoView {
    let min_length = PageData::current().password_min_length;
    let value = reactive_text(move || Some(length.get().min(min_length).to_string()));
    view! {
        <progress class="strength" max=min_length value=value aria-hidden="true"></progress>
        <p class="hint" id=format!("{name}-hint") aria-live="polite">
            {live_text(move || messages::password_length(length.get(), min_length))}
        </p>
    }
}
