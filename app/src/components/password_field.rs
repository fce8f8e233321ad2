//! A field for a password: it can be shown, and a new one is counted.

use leptos::{html, prelude::*};

use super::{
    field::{FieldError, described_by, is_invalid},
    form::{Surroundings, spelled},
};
use crate::{content, words};

/// What a new password has to be. The server puts it into the context of each page.
#[derive(Clone, Copy, Debug)]
pub struct PasswordRules {
    /// The least number of characters.
    pub min_length: usize,
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self { min_length: 15 }
    }
}

impl PasswordRules {
    /// The server's rules, in the browser too: they travel with the page.
    pub(crate) fn shared() -> Self {
        let min_length = SharedValue::new_str(|| use_context::<Self>().unwrap_or_default().min_length).into_inner();
        Self { min_length }
    }
}

/// A field for a password. It may be pasted, filled by a password manager, and looked at.
#[component]
pub fn PasswordField(
    /// Its name on the wire, and its id.
    name: &'static str,
    /// What people call it.
    label: &'static str,
    /// Whether it is a new one, which has to be long enough; else it is the current one.
    #[prop(optional)]
    is_new: bool,
) -> impl IntoView {
    let form = expect_context::<Surroundings>();
    let error = form.error(name);
    let input = NodeRef::<html::Input>::new();
    let is_shown = RwSignal::new(false);
    // Hidden again while it is sent, so that browsers do not remember it as plain text.
    let is_readable = move || is_shown.get() && !form.pending.get();

    let typed = RwSignal::new(0);
    let count = move || {
        if let Some(input) = input.get() {
            typed.set(input.value().chars().count());
        }
    };
    // At the start too: something may have been typed before hydration.
    content::effect(move || {
        form.emptied.track();
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
                    type=content::changing(move || Some(if is_readable() { "text" } else { "password" }))
                    autocomplete=if is_new { "new-password" } else { "current-password" }
                    autocapitalize="none"
                    spellcheck="false"
                    required
                    aria-invalid=is_invalid(error)
                    aria-describedby=described_by(name, error, is_new)
                    on:input=move |_| count()
                />
                <button
                    type="button"
                    class="reveal"
                    aria-pressed=spelled(is_shown)
                    aria-controls=name
                    on:click=move |_| is_shown.update(|shown| *shown = !*shown)
                >
                    // Not an `aria-label`, which would compete with the label of the field itself.
                    "Show"<span class="unseen">" password"</span>
                </button>
            </div>
            {is_new.then(|| view! { <Strength name typed/> })}
        </div>
    }
}

/// How far a new password has come towards the least length.
#[component]
fn Strength(
    /// The field that it belongs to.
    name: &'static str,
    /// How many characters have been typed.
    typed: RwSignal<usize>,
) -> impl IntoView {
    let PasswordRules { min_length } = expect_context();
    let value = content::changing(move || Some(typed.get().min(min_length).to_string()));
    view! {
        <progress class="strength" max=min_length value=value aria-hidden="true"></progress>
        <p class="hint" id=format!("{name}-hint") aria-live="polite">
            {move || words::strength(typed.get(), min_length)}
        </p>
    }
}
