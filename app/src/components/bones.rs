//! Quiet shapes that hold the place of what is not known yet, so that nothing moves when it arrives.

use leptos::prelude::*;

/// The shape of a form.
#[component]
pub fn FormBones(
    /// How many fields it has.
    fields: usize,
) -> impl IntoView {
    let field = |_| view! { <span class="bone as-label"></span><span class="bone as-input"></span> };
    view! {
        <div class="bones" aria-hidden="true">
            {(0..fields).map(field).collect_view()}
            <span class="bone as-button"></span>
        </div>
    }
}

/// The shape of a list of facts.
#[component]
pub fn RowBones(
    /// How many facts.
    rows: usize,
) -> impl IntoView {
    let row = |_| view! { <div><span class="bone as-label"></span><span class="bone as-text"></span></div> };
    view! { <div class="rows" aria-hidden="true">{(0..rows).map(row).collect_view()}</div> }
}
