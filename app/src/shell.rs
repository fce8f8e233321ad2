//! The HTML document around the app: its head, the data of the page, and the script that loads the program.

use leptos::{hydration::AutoReload, nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use crate::{
    messages::{self, Language, messages},
    page_data::PageData,
};
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
    /// The messages in the language of the page.
    pub messages: String,
}

impl Default for Assets {
    /// The names of a build without hashes.
    fn default() -> Self {
        Self {
            js: "/pkg/doorward.js".into(),
            wasm: "/pkg/doorward.wasm".into(),
            css: "/pkg/doorward.css".into(),
            messages: String::new(),
        }
    }
}

/// The HTML document. Reads [`Assets`] and the CSP nonce from the context.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let assets = use_context::<Assets>().unwrap_or_default();
    let language = use_context::<Language>().unwrap_or_default();
    let document = &messages().document;
    view! {
        <!DOCTYPE html>
        <html lang=language.tag()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" content="#fcfcfa" media="(prefers-color-scheme: light)"/>
                <meta name="theme-color" content="#121516" media="(prefers-color-scheme: dark)"/>
                <meta name="description" content=document.description/>
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
                        {document.not_loaded}" "<a href="">{document.reload_it}</a>" "{document.reload_it_purpose}
                    </p>
                    <p hidden role="alert" id="not-started">
                        {document.not_started}" "<a href="">{document.reload_the_page}</a>" "{document.reload_it_purpose}
                    </p>
                    <p hidden role="alert" id="no-webassembly">{document.no_webassembly}</p>
                    <p hidden role="status" id="forms-work">{document.forms_work}</p>
                </div>
            </body>
        </html>
    }
}

/// A document for a request that cannot be answered with a page of the app. Without the program.
pub fn error_page(assets: Assets, language: Language, problem: Problem) -> String {
    let owner = Owner::new();
    owner.with(|| {
        provide_context(language);
        error_document(assets, language, problem)
    })
}

fn error_document(assets: Assets, language: Language, problem: Problem) -> String {
    let document = &messages().document;
    let title = messages::error_title(problem.status);
    let message = messages::error(&Error::Problem(Box::new(problem)));
    let page = view! {
        <html lang=language.tag()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <title>{title}" – Doorward"</title>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=assets.css/>
            </head>
            <body>
                <main class="error-page">
                    <div class="narrow">
                        <h1>{document.error_heading}</h1>
                        <p class="lead">{message}</p>
                        <p><a href="/">{document.error_home}</a>" · "<a href="/login">{document.error_login}</a></p>
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
    let Assets { js, wasm, messages, .. } = assets;
    let script = format!("({})({js:?}, {wasm:?}, {messages:?})", include_str!("boot.js").trim_end());
    view! {
        <script type="application/json" id="page-data">{PageData::current().to_json()}</script>
        <script type="module" nonce=use_nonce()>{script}</script>
    }
}
