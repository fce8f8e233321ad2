//! Doorward's interface and wire types. Runs on the server, where it renders pages, and in the browser.

pub mod api;
pub mod client;

/// Where the interface's files are; their names change with their contents.
#[derive(Clone, Debug)]
pub struct Assets {
    /// The script that loads the WebAssembly.
    pub js: String,
    /// The WebAssembly.
    pub wasm: String,
    /// The style sheet.
    pub css: String,
}

use leptos::prelude::*;

/// The page.
pub fn shell() -> impl IntoView {
    view! { <p>"placeholder"</p> }
}

/// App
#[component]
pub fn App() -> impl IntoView {
    view! { <p>"placeholder"</p> }
}
