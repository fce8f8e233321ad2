//! Quiet shapes that hold the place of what is not known yet, so that nothing moves when it arrives.

use leptos::prelude::*;

/// The shape of a form.
#[component]
pub fn FormBones(
    /// How many fields it has.
    fields: usize,
) -> impl IntoView {
    let mut bones = r#"<span class="bone as-label"></span><span class="bone as-input"></span>"#.repeat(fields);
    bones.push_str(r#"<span class="bone as-button"></span>"#);
    view! { <div class="bones" aria-hidden="true" inner_html=bones></div> }
}

/// The shape of a list of facts.
#[component]
pub fn RowBones(
    /// How many facts.
    rows: usize,
) -> impl IntoView {
    let row = r#"<div><span class="bone as-label"></span><span class="bone as-text"></span></div>"#;
    view! { <div class="rows" aria-hidden="true" inner_html=row.repeat(rows)></div> }
}

/// The shape of a list of things with a heading each.
#[component]
pub fn ListBones() -> impl IntoView {
    let bones = r#"<span class="bone"></span>"#.repeat(3);
    view! { <div class="list-bones" aria-hidden="true" inner_html=bones></div> }
}
