//! The page for unknown paths. The server sets the status 404.

use leptos::prelude::*;

use crate::{components::Page, messages::messages, page_data::PageData};

#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <Page title=messages().shell.not_found>
            <p class="lead">{messages().shell.not_found_lead}</p>
            <p><a class="button" href=PageData::current().brand.home()>{messages().shell.go_home}</a></p>
        </Page>
    }
}
