//! A field of a form: label, hint, what is wrong with it, and the input.

use leptos::prelude::*;

use super::form::Surroundings;

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
) -> impl IntoView {
    let error = expect_context::<Surroundings>().error(name);
    let is_email = kind == "email";
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <FieldError name error/>
            <input
                id=name
                name=name
                type=kind
                autocomplete=autocomplete
                autocapitalize=is_email.then_some("none")
                spellcheck=is_email.then_some("false")
                required
                aria-invalid=move || error.read().is_some().then_some("true")
                aria-describedby=move || error.read().is_some().then(|| format!("{name}-error"))
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
    move || error.get().map(|error| view! { <p class="field-error" id=format!("{name}-error")>{error}</p> })
}
