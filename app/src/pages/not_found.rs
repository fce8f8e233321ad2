//! The page for unknown paths. The server sets the status 404.

use leptos::prelude::*;

use crate::components::Page;

#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <Page title="Page not found">
            <p class="lead">"Check the address, or go back to the home page."</p>
            <p><a class="button" href="/">"Go to the home page"</a></p>
        </Page>
    }
}
