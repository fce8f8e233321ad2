//! A password field with a show button and, for new passwords, a length indicator.

use std::time::Duration;

use leptos::{
    attr::{Attribute, custom::custom_attribute},
    html,
    leptos_dom::helpers::set_timeout_with_handle,
    prelude::*,
};

use super::{
    field::{FieldError, described_by, is_invalid},
    form::FormContext,
    notice::Notice,
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
    // Also initially: text may have been entered before the WebAssembly had started.
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
                    autofocus=form.takes_focus(name, false)
                    {..password_rules(is_new)}
                    aria-invalid=is_invalid(error)
                    aria-describedby=described_by(name, error, is_new)
                    on:input=move |_| count()
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
            {is_new.then(|| view! { <PasswordLength name length error/> })}
        </div>
    }
}

/// For the generators of password managers: the rules of Apple's `passwordrules` attribute.
fn password_rules(is_new: bool) -> impl Attribute {
    let rules = || format!("minlength: {}; maxlength: 128;", PageData::current().password_min_length);
    custom_attribute("passwordrules", is_new.then(rules))
}

/// How long after the last key the progress is announced.
const PAUSE: Duration = Duration::from_secs(1);

/// Progress toward the minimum length. A password with an error gets no judgment beside it.
#[component]
fn PasswordLength(name: &'static str, length: RwSignal<usize>, error: Memo<Option<String>>) -> impl IntoView {
    let min_length = PageData::current().password_min_length;
    let value = reactive_text(move || Some(length.get().min(min_length).to_string()));
    let hint = move || messages::password_length(length.get(), min_length);
    let announced = RwSignal::new(None);
    effect(move || {
        let hint = (length.get() > 0).then(hint);
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
