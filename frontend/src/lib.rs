//! The WebAssembly entry point.

use leptos::prelude::*;

#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Hydrates the page that the server has rendered, and marks it as interactive for the styles and the tests.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    std::panic::set_hook(Box::new(|panic| leptos::logging::error!("{panic}")));
    leptos::mount::hydrate_body(app::App);
    if let Some(html) = document().document_element() {
        _ = html.set_attribute("data-hydrated", "true");
    }
}
