//! The header of every page: the brand, who is logged in, and the sections of the account.

mod sections;
mod user_menu;

use leptos::prelude::*;

use self::{sections::Sections, user_menu::UserMenu};
use crate::{
    Brand,
    leptos_ext::{erase, reactive_view},
    messages::messages,
    page_data::PageData,
    router::{Audience, use_audience},
};
use doorward::use_session;

/// Doorward's logo: a door ajar.
const LOGO: &str = r#"<svg viewBox="0 0 24 24" fill="none" aria-hidden="true"><path d="M4 21V8a5 5 0 0 1 5-5h6a5 5 0 0 1 5 5v13" stroke="currentColor" stroke-width="2" stroke-linecap="round"/><path class="door" d="M8 8.7a1.7 1.7 0 0 1 2.1-1.65l4.6 1.15A1.7 1.7 0 0 1 16 9.85v8.3a1.7 1.7 0 0 1-1.3 1.65l-4.6 1.15A1.7 1.7 0 0 1 8 19.3zm5.2 4.3a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 0 0 0-2.2z" fill="currentColor" fill-rule="evenodd"/></svg>"#;

/// The markup of the logo. Decorative: the text beside it names the link.
pub(crate) fn logo(brand: &Brand) -> String {
    brand.logo.as_ref().map_or_else(|| LOGO.to_owned(), |path| format!(r#"<img src="{path}" alt="">"#))
}

#[component]
pub fn Header() -> impl IntoView {
    let session = use_session();
    let audience = use_audience();
    let brand = PageData::current().brand;
    let home = brand.home();
    let logo = logo(&brand);
    let is_section = Memo::new(move |_| audience() == Some(Audience::Users));
    // While the session is unknown, it is most likely live.
    let may_be_logged_in = Memo::new(move |_| session.is_logged_in() != Some(false));
    view! {
        <header class="site-header">
            <nav aria-label=messages().shell.navigation>
                <a class="brand" href=home><span class="logo" inner_html=logo></span><span dir="auto">{brand.name}</span></a>
                {reactive_view(move || may_be_logged_in.get().then(|| erase(|| view! { <UserMenu/> })))}
                {reactive_view(move || {
                    (may_be_logged_in.get() && is_section.get()).then(|| erase(|| view! { <Sections/> }))
                })}
            </nav>
        </header>
    }
}
