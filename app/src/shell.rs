//! The HTML document around the app: its head, and the script that loads the WebAssembly.

use leptos::{hydration::AutoReload, nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

/// The absolute paths of the built files, with hashes in their names. The server provides them as context.
#[derive(Clone, Debug)]
pub struct Assets {
    /// The JavaScript that loads the WebAssembly.
    pub js: String,
    /// The WebAssembly.
    pub wasm: String,
    /// The style sheet.
    pub css: String,
}

impl Default for Assets {
    /// The names of a build without hashes.
    fn default() -> Self {
        Self { js: "/pkg/doorward.js".into(), wasm: "/pkg/doorward.wasm".into(), css: "/pkg/doorward.css".into() }
    }
}

/// The HTML document. Reads [`Assets`] and the CSP nonce from the context.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let assets = use_context::<Assets>().unwrap_or_default();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" content="#fcfcfa" media="(prefers-color-scheme: light)"/>
                <meta name="theme-color" content="#121516" media="(prefers-color-scheme: dark)"/>
                <meta name="description" content="A complete login for Rust web applications."/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=assets.css.clone()/>
                <Boot assets/>
                <AutoReload disable_watch=!cfg!(debug_assertions) options/>
                <MetaTags/>
            </head>
            <body>
                <crate::App/>
                // After the app, which hydrates from the first child on; the stylesheet moves them to the top.
                <p class="boot-notice" id="not-loaded" role="alert" hidden>
                    "This page did not load completely. Check your connection and reload."
                </p>
                <noscript>
                    <p class="boot-notice">"Doorward needs JavaScript and WebAssembly. Enable them and reload the page."</p>
                </noscript>
            </body>
        </html>
    }
}

/// Loads the WebAssembly as early as possible. Unlike Leptos's `HydrationScripts`, it sets the nonce on its preload links
/// and reports a failed load.
#[component]
fn Boot(assets: Assets) -> impl IntoView {
    let nonce = use_nonce();
    let Assets { js, wasm, .. } = assets;
    let script = format!("({})({js:?}, {wasm:?})", include_str!("boot.js").trim_end());
    view! {
        <link rel="modulepreload" href=js nonce=nonce.clone()/>
        // `crossorigin` makes it match the loader's request; without it, the file is fetched twice.
        <link rel="preload" r#as="fetch" r#type="application/wasm" crossorigin="anonymous" href=wasm/>
        <script type="module" nonce=nonce>{script}</script>
    }
}
