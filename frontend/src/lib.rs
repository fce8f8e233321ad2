//! The WebAssembly entry point.

use leptos::prelude::*;

/// Hydrates the page that the server has rendered, and marks it as interactive for the styles and the tests.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
    if let Some(html) = document().document_element() {
        _ = html.set_attribute("data-hydrated", "true");
    }
}
