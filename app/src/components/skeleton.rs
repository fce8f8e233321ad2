//! Skeletons: placeholders with the size of the content to come, so that nothing shifts when it arrives.

use leptos::prelude::*;

use crate::messages::messages;

pub(crate) const ROW: &str =
    r#"<div><span class="skeleton as-label"></span><span class="skeleton as-text"></span></div>"#;

#[component]
pub fn FormSkeleton(fields: usize) -> impl IntoView {
    let mut skeleton =
        r#"<span class="skeleton as-label"></span><span class="skeleton as-input"></span>"#.repeat(fields);
    skeleton.push_str(r#"<span class="skeleton as-button"></span>"#);
    view! { <div class="form-skeleton" aria-hidden="true" inner_html=skeleton></div> }
}

#[component]
pub fn RowsSkeleton(rows: usize) -> impl IntoView {
    view! { <div class="rows" aria-hidden="true" inner_html=ROW.repeat(rows)></div> }
}

/// A placeholder for the account page: the profile, the password with its form, and the session. The text that is there from the
/// first frame is the largest of the page.
#[component]
pub fn SettingsSkeleton() -> impl IntoView {
    let heading = r#"<section><span class="skeleton as-heading"></span>"#;
    let password = ["<section><h2>", messages().form.password, "</h2><p>", messages().account.password_lead, "</p>"];
    let lead = r#"<span class="skeleton as-lead"></span>"#;
    let fields = r#"<span class="skeleton as-fields"></span></section>"#;
    let rows = |count| String::from(r#"<div class="rows">"#) + &ROW.repeat(count) + "</div>";
    let skeleton =
        [heading, &rows(2), "</section>", &password.concat(), &rows(1), fields, heading, lead, &rows(2)].concat();
    view! { <div aria-hidden="true" inner_html=skeleton></div> }
}

#[component]
pub fn ListSkeleton() -> impl IntoView {
    let skeleton = r#"<span class="skeleton"></span>"#.repeat(3);
    view! { <div class="list-skeleton" aria-hidden="true" inner_html=skeleton></div> }
}
