//! A button of the page.

use leptos::prelude::*;

use crate::leptos_ext::{ClientOnly, ReactiveText};

/// Outlined red: opens the confirmation of what cannot be undone.
pub const DANGER: &str = "button second danger";

/// One view for all buttons, and a boxed closure, so that their code exists once.
pub fn button(
    class: &'static str,
    label: &'static str,
    id: Option<String>,
    // The id of the element that the button is about.
    described_by: String,
    // The value of `aria-disabled`.
    disabled: ReactiveText,
    press: Box<dyn Fn() + Send>,
) -> ClientOnly {
    ClientOnly::new(move || {
        view! {
            <button
                type="button"
                class=class
                id=id
                aria-describedby=described_by
                aria-disabled=disabled
                on:click=move |_| press()
            >
                {label}
            </button>
        }
    })
}
