//! A password field with a show button and, for new passwords, a meter: how long it is, and why it is easy to guess.

use std::time::Duration;

use leptos::{
    attr::{Attribute, custom::custom_attribute},
    html,
    leptos_dom::helpers::set_timeout_with_handle,
    prelude::*,
    web_sys::HtmlInputElement,
};

use super::{
    field::{FieldError, described_by, is_invalid},
    form::{FormContext, inputs},
    notice::Notice,
};
use crate::{
    leptos_ext::{effect, live_text, reactive_text},
    messages::{self, messages},
    page_data::PageData,
    password_advice::Weakness,
};

/// A password field. Pasting and password managers are allowed.
#[component]
pub fn PasswordField(
    /// The member name in JSON, also used as the `id`.
    name: &'static str,
    label: &'static str,
    /// Whether this is a new password, with the meter, or the current one.
    #[prop(optional)]
    is_new: bool,
) -> impl IntoView {
    let form = expect_context::<FormContext>();
    let error = form.error(name);
    let input = NodeRef::<html::Input>::new();
    let is_shown = RwSignal::new(false);
    // Hidden while submitting, so that browsers do not store it as plain text.
    let is_readable = move || is_shown.get() && !form.pending.get();

    let strength = RwSignal::new(Strength::default());
    let measure = move || {
        if let Some(input) = input.get().filter(|_| is_new) {
            let value = input.value();
            strength
                .set(Strength { length: value.chars().count(), weakness: Weakness::of(&value, &other_fields(&input)) });
        }
    };
    // Also initially: text may have been entered before the WebAssembly had started.
    effect(move || {
        form.resets.track();
        measure();
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
                    autofocus=form.takes_focus(name, false)
                    {..password_rules(is_new)}
                    aria-invalid=is_invalid(error)
                    aria-describedby=described_by(name, error, is_new)
                    on:input=move |_| measure()
                />
                <button
                    type="button"
                    class="reveal"
                    aria-controls=name
                    on:click=move |_| is_shown.update(|shown| *shown = !*shown)
                >
                    // Not an `aria-label`, which would compete with the label of the field.
                    {live_text(move || if is_shown.get() { messages().form.hide } else { messages().form.show })}
                    <span class="visually-hidden">" "{messages().form.of_password}</span>
                </button>
            </div>
            {is_new.then(|| view! { <Meter name strength error/> })}
        </div>
    }
}

/// For the generators of password managers: the rules of Apple's `passwordrules` attribute.
fn password_rules(is_new: bool) -> impl Attribute {
    let rules = || format!("minlength: {}; maxlength: 128;", PageData::current().password_min_length);
    custom_attribute("passwordrules", is_new.then(rules))
}

/// What the meter shows.
#[derive(Clone, Copy, Default)]
struct Strength {
    length: usize,
    weakness: Option<Weakness>,
}

/// The text in the other fields of the form, such as name and email, but no other password.
fn other_fields(input: &HtmlInputElement) -> String {
    let mut text = String::new();
    for field in input.form().iter().flat_map(inputs).filter(|field| !field.name().ends_with("password")) {
        text += &field.value();
        text.push(' ');
    }
    text
}

/// How long after the last key the advice is announced.
const PAUSE: Duration = Duration::from_secs(1);

/// Progress toward the minimum length, and advice. A password with an error gets no judgment beside it.
#[component]
fn Meter(name: &'static str, strength: RwSignal<Strength>, error: Memo<Option<String>>) -> impl IntoView {
    let min_length = PageData::current().password_min_length;
    let value = reactive_text(move || {
        let Strength { length, weakness } = strength.get();
        let full = if weakness.is_some() { min_length / 2 } else { min_length };
        Some(length.min(full).to_string())
    });
    let hint = move || {
        let Strength { length, weakness } = strength.get();
        messages::password_strength(length, min_length, weakness)
    };
    let announced = RwSignal::new(None);
    effect(move || {
        let hint = (strength.get().length > 0).then(hint);
        if let Ok(timer) = set_timeout_with_handle(move || announced.set(hint), PAUSE) {
            on_cleanup(move || timer.clear());
        }
    });
    let hidden = move || reactive_text(move || error.read().is_some().then_some(""));
    view! {
        <progress class="strength" max=min_length value=value aria-hidden="true" hidden=hidden()></progress>
        <p class="hint" id=format!("{name}-hint") hidden=hidden()>{live_text(hint)}</p>
        <div class="visually-hidden" role="status"><Notice text=move || announced.get()/></div>
    }
}
