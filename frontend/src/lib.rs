//! The WebAssembly entry point.

use app::{App, PageData};
use leptos::web_sys::HtmlElement;

#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Builds the interface in an element that is not in the document yet, from the data of the document and the
/// catalog of the messages. `boot.js` puts it in
/// the place of the markup of the server.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn mount(root: HtmlElement, page_data: &str, messages: String) {
    std::panic::set_hook(Box::new(|panic| leptos::logging::error!("{panic}")));
    app::set_messages(messages);
    let data = PageData::from_json(page_data);
    leptos::mount::mount_to(root, move || {
        data.provide();
        App()
    })
    .forget();
}
