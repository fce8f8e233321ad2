//! The mark: a door, ajar.

use leptos::prelude::*;

/// The mark, in the colour of the text around it. The word beside it is its name.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" viewBox="0 0 24 24" width="24" height="24" fill="none" aria-hidden="true">
            <path d="M4 21.5V8a5.5 5.5 0 0 1 5.5-5.5h5A5.5 5.5 0 0 1 20 8v13.500" stroke="currentColor" stroke-width="2" stroke-linecap="round"/>
            <path d="M8 8.200a1.500 1.500 0 0 1 1.900-1.450l4 1.100A1.500 1.500 0 0 1 15 9.300V21.500H8z" fill="currentColor"/>
        </svg>
    }
}
