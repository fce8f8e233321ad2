//! The mark: a door, ajar.

use leptos::prelude::*;

/// The mark, in the colour of the text around it. The word beside it is its name.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <svg class="logo" viewBox="0 0 24 24" width="24" height="24" fill="none" aria-hidden="true">
            <path d="M4 21V8a5 5 0 0 1 5-5h6a5 5 0 0 1 5 5v13" stroke="currentColor" stroke-width="2" stroke-linecap="round"/>
            <path d="M8 8.7a1.7 1.7 0 0 1 2.1-1.65l4.6 1.15A1.7 1.7 0 0 1 16 9.85v8.3a1.7 1.7 0 0 1-1.3 1.65l-4.6 1.15A1.7 1.7 0 0 1 8 19.3zm5.2 4.3a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 0 0 0-2.2z" fill="currentColor" fill-rule="evenodd"/>
        </svg>
    }
}
