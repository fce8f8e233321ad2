//! A form field: label, error and input.

use leptos::prelude::*;

use super::{
    form::FormContext,
    notice::{Notice, Text},
};
use crate::leptos_ext::{ReactiveText, reactive_text};

/// A single-line text field.
#[component]
pub fn TextField(
    /// The member name in JSON, also used as the `id`.
    name: &'static str,
    label: &'static str,
    /// Not the input type `email`: browsers hide its caret from scripts, and rewrite international addresses in it.
    #[prop(optional)]
    is_email: bool,
    autocomplete: &'static str,
    /// The initial value, restored when the form is reset.
    #[prop(optional, into)]
    value: Text,
    #[prop(optional)] is_optional: bool,
    /// Whether the field has the focus on arrival.
    #[prop(optional)]
    takes_focus: bool,
) -> impl IntoView {
    let form = expect_context::<FormContext>();
    let error = form.error(name);
    let context = form.clone();
    let value = reactive_text(move || {
        context.resets.track();
        context
            .draft
            .as_ref()
            .and_then(|draft| draft.text(name))
            .or_else(|| value.0())
            .or_else(|| context.submitted_text(name))
    });
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <FieldError name error/>
            <input
                id=name
                name=name
                type="text"
                dir="auto"
                inputmode=input_mode(autocomplete, is_email)
                autocomplete=autocomplete
                value=value
                autocapitalize=is_email.then_some("none")
                spellcheck=is_email.then_some("false")
                required=!is_optional
                autofocus=form.takes_focus(name, takes_focus)
                aria-invalid=is_invalid(error)
                aria-describedby=described_by(name, error, false)
            />
        </div>
    }
}

/// Codes are digits.
fn input_mode(autocomplete: &str, is_email: bool) -> Option<&'static str> {
    if autocomplete == "one-time-code" { Some("numeric") } else { is_email.then_some("email") }
}

/// The error message of a field.
#[component]
pub(super) fn FieldError(name: &'static str, error: Memo<Option<String>>) -> impl IntoView {
    view! { <Notice class="field-error" id=format!("{name}-error") text=move || error.get()/> }
}

/// The value of `aria-invalid`.
pub(super) fn is_invalid(error: Memo<Option<String>>) -> ReactiveText {
    reactive_text(move || error.read().is_some().then_some("true"))
}

/// The value of `aria-describedby`: the error and the hint.
pub(super) fn described_by(name: &'static str, error: Memo<Option<String>>, has_hint: bool) -> ReactiveText {
    reactive_text(move || match (error.read().is_some(), has_hint) {
        (true, true) => Some(format!("{name}-error {name}-hint")),
        (true, false) => Some(format!("{name}-error")),
        (false, true) => Some(format!("{name}-hint")),
        (false, false) => None,
    })
}
