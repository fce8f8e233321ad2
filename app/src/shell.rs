//! The HTML document around the app: its head, the data of the page, and the script that loads the program.

use leptos::{hydration::AutoReload, nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use crate::{messages, page_data::PageData};
use doorward::Error;
use doorward_api::Problem;

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
                <div id="app"><crate::App/></div>
                // Below the skip link, and above it on the screen.
                <div id="boot-notice">
                    <p hidden role="alert" id="not-loaded">
                        {messages::NOT_LOADED}" "<a href="">"Reload it"</a>" to try again."
                    </p>
                    <p hidden role="alert" id="not-started">
                        {messages::NOT_STARTED}" "<a href="">"Reload the page"</a>" to try again."
                    </p>
                    <p hidden role="alert" id="no-webassembly">{messages::NO_WEBASSEMBLY}</p>
                    <p hidden role="status" id="forms-work">{messages::FORMS_WORK}</p>
                </div>
            </body>
        </html>
    }
}

/// A document for a request that cannot be answered with a page of the app. Without the program.
pub fn error_page(assets: Assets, problem: Problem) -> String {
    let status = problem.status;
    let message = messages::error(&Error::Problem(Box::new(problem)));
    let page = view! {
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <title>{format!("Error {status} – Doorward")}</title>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=assets.css/>
            </head>
            <body>
                <main class="error-page">
                    <div class="narrow">
                        <h1>"Sorry, that did not work"</h1>
                        <p class="lead">{message}</p>
                        <p>"Go to the " <a href="/">"home page"</a> " or " <a href="/login">"log in"</a> "."</p>
                    </div>
                </main>
            </body>
        </html>
    };
    format!("<!DOCTYPE html>{}", page.to_html())
}

/// The data of the page, and the script that loads the program and puts it in the place of the markup.
#[component]
fn Boot(assets: Assets) -> impl IntoView {
    let Assets { js, wasm, .. } = assets;
    let script = format!("({})({js:?}, {wasm:?})", include_str!("boot.js").trim_end());
    view! {
        <script type="application/json" id="page-data">{PageData::current().to_json()}</script>
        <script type="module" nonce=use_nonce()>{script}</script>
    }
}
