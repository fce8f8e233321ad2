//! The document title.

use leptos::prelude::*;
use leptos_meta::{Title, TitleProps, provide_meta_context};

use crate::page_data::PageData;

/// Sets the document title: the page and the brand. On the server, `leptos_meta` moves it into the head. The browser sets it
/// directly, because `leptos_meta` would add more to the WebAssembly than a page does.
pub(super) fn set_title(page: &str) {
    let title = page.to_owned() + " – " + &PageData::current().brand.name;
    if cfg!(target_arch = "wasm32") {
        document().set_title(&title);
    } else {
        provide_meta_context();
        // `leptos_meta` does not escape it.
        let markup = title.replace('&', "&amp;").replace('<', "&lt;");
        _ = Title(TitleProps::builder().text(markup).build());
    }
}
