//! The operator's links below the forms for guests: help, terms, privacy.

use leptos::prelude::*;

use crate::{messages::messages, page_data::PageData};

#[component]
pub fn BrandLinks() -> impl IntoView {
    let brand = PageData::current().brand;
    let text = &messages().login;
    let links = [(brand.support_url, text.trouble), (brand.terms_url, text.terms), (brand.privacy_url, text.privacy)];
    let links =
        links.into_iter().filter_map(|(url, name)| Some(view! { <li><a href=url? rel="external">{name}</a></li> }));
    view! { <ul class="brand-links" role="list">{links.collect::<Vec<_>>()}</ul> }
}
