//! The HTML document around the app: its head, and the script that brings the app to life.

use leptos::{hydration::AutoReload, nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

/// Where the built files are, as paths from the root: the server knows their hashed names and puts this into the context.
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

/// The document that the server sends. Takes [`Assets`] and a nonce from the context.
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
                // After the app, which hydrates from the first child on; the style sheet lifts them to the top.
                <p class="boot-notice" id="not-loaded" role="alert" hidden>
                    "This page could not be loaded completely, so its buttons do not work. "
                    "Please check your connection and load it again."
                </p>
                <noscript>
                    <p class="boot-notice">"Doorward needs JavaScript and WebAssembly. Please switch them on and load the page again."</p>
                </noscript>
            </body>
        </html>
    }
}

/// Loads the app as early as possible. Leptos's own `HydrationScripts` puts the nonce into the wrong attribute of its
/// preload links, and a failed load stays silent.
#[component]
fn Boot(assets: Assets) -> impl IntoView {
    let nonce = use_nonce();
    let Assets { js, wasm, .. } = assets;
    let script = format!("({})({js:?}, {wasm:?})", include_str!("boot.js").trim_end());
    view! {
        <link rel="modulepreload" href=js nonce=nonce.clone()/>
        // `crossorigin` makes it match the request that WebAssembly's loader sends; without, it is fetched twice.
        <link rel="preload" r#as="fetch" r#type="application/wasm" crossorigin="anonymous" href=wasm/>
        <script type="module" nonce=nonce>{script}</script>
    }
}
