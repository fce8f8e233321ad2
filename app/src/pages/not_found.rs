//! The page for addresses that lead nowhere. The status 404 is the server's part: this page is its fallback.

use leptos::prelude::*;

use crate::components::Page;

/// Says that there is nothing here.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <Page title="Page not found">
            <p class="lead">"There is nothing at this address. It may be mistyped, or the page may have moved."</p>
            <p><a class="button" href="/">"Go to the home page"</a></p>
        </Page>
    }
}
