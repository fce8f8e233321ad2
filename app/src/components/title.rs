//! The title of the document.

use leptos::prelude::*;
use leptos_meta::{Title, TitleProps, provide_meta_context};

/// Names the document after the page. On the server, `leptos_meta` carries the title up into the head. In the browser
/// there is nothing to carry, and what `leptos_meta` can do beyond that would weigh more than a page.
pub(super) fn set_title(page: &str) {
    let title = format!("{page} – Doorward");
    if cfg!(target_arch = "wasm32") {
        document().set_title(&title);
    } else {
        provide_meta_context();
        _ = Title(TitleProps::builder().text(title).build());
    }
}
