//! A field of a form: label, hint, what is wrong with it, and the input.

use leptos::prelude::*;

use super::{
    form::Surroundings,
    notice::{Notice, Text},
};
use crate::content::{Changing, changing};

/// A field for one line of text.
#[component]
pub fn TextField(
    /// Its name on the wire, and its id.
    name: &'static str,
    /// What people call it.
    label: &'static str,
    /// `text` or `email`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What a password manager may put here.
    autocomplete: &'static str,
    /// What stands here until something is typed, and again after the form was taken.
    #[prop(optional, into)]
    value: Text,
    /// Whether it may stay empty.
    #[prop(optional)]
    is_optional: bool,
) -> impl IntoView {
    let form = expect_context::<Surroundings>();
    let error = form.error(name);
    let is_email = kind == "email";
    let value = changing(move || {
        form.emptied.track();
        form.draft.as_ref().and_then(|draft| draft.text(name)).or_else(|| value.0())
    });
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <FieldError name error/>
            <input
                id=name
                name=name
                type=kind
                autocomplete=autocomplete
                value=value
                autocapitalize=is_email.then_some("none")
                spellcheck=is_email.then_some("false")
                required=!is_optional
                aria-invalid=is_invalid(error)
                aria-describedby=described_by(name, error, false)
            />
        </div>
    }
}

/// What is wrong with a field.
#[component]
pub(super) fn FieldError(
    /// The field.
    name: &'static str,
    /// What is wrong.
    error: Memo<Option<String>>,
) -> impl IntoView {
    view! { <Notice class="field-error" id=format!("{name}-error") text=move || error.get()/> }
}

/// The value of `aria-invalid`.
pub(super) fn is_invalid(error: Memo<Option<String>>) -> Changing {
    changing(move || error.read().is_some().then_some("true"))
}

/// The value of `aria-describedby`: what is wrong, and the hint.
pub(super) fn described_by(name: &'static str, error: Memo<Option<String>>, has_hint: bool) -> Changing {
    changing(move || match (error.read().is_some(), has_hint) {
        (true, true) => Some(format!("{name}-error {name}-hint")),
        (true, false) => Some(format!("{name}-error")),
        (false, true) => Some(format!("{name}-hint")),
        (false, false) => None,
    })
}
