//! The HTML document around the app: its head, the data of the page, and the script that loads the WebAssembly.

use leptos::{
    hydration::AutoReload,
    nonce::{Nonce, use_nonce},
    prelude::*,
};
use leptos_meta::MetaTags;

use crate::{
    Brand,
    components::logo,
    head::{Assets, Head},
    messages::{self, Language, messages},
    page_data::PageData,
};
use doorward::Error;
use doorward_api::Problem;

/// The HTML document. Reads [`Assets`], the language and the CSP nonce from the context.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let assets = use_context::<Assets>().unwrap_or_default();
    let (js, wasm, catalog) = (assets.js.clone(), assets.wasm.clone(), assets.messages.clone());
    let language = use_context::<Language>().unwrap_or_default();
    let document = &messages().document;
    view! {
        <!DOCTYPE html>
        <html lang=language.tag()>
            <Head assets brand=PageData::current().brand nonce=use_nonce()>
                <Boot js wasm catalog/>
                <AutoReload disable_watch=!cfg!(debug_assertions) options/>
                <MetaTags/>
            </Head>
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

/// A document for a request that cannot be answered with a page of the app.
pub fn error_page(assets: Assets, brand: Brand, language: Language, nonce: Nonce, problem: Problem) -> String {
    let status = problem.status;
    plain_page(
        assets,
        brand,
        language,
        nonce,
        || messages::error_title(status),
        || {
            let document = &messages().document;
            let message = messages::error(&Error::Problem(Box::new(problem)));
            view! {
                <h1>{document.error_heading}</h1>
                <p class="lead">{message}</p>
                <p><a href="/">{document.error_home}</a>" · "<a href="/login">{document.error_login}</a></p>
            }
        },
    )
}

/// A document without scripts and the WebAssembly. `title` and `content` are called in the language; the title is without the brand.
pub fn plain_page<V: IntoView>(
    assets: Assets,
    brand: Brand,
    language: Language,
    nonce: Nonce,
    title: impl FnOnce() -> String,
    content: impl FnOnce() -> V,
) -> String {
    document_in(language, || {
        let title = title() + " – " + &brand.name;
        let (home, logo, name) = (brand.home(), logo(&brand), brand.name.clone());
        view! {
            <html lang=language.tag()>
                <Head assets brand nonce=Some(nonce)>
                    <title>{title}</title>
                </Head>
                <body>
                    <header class="plain-header">
                        <a class="brand" href=home><span class="logo" inner_html=logo></span><span dir="auto">{name}</span></a>
                    </header>
                    <main class="plain-page">
                        <div class="narrow">{content().into_any()}</div>
                    </main>
                </body>
            </html>
        }
    })
}

/// A document that navigates to itself at once. Without styles and the WebAssembly.
pub fn arrival_page(brand: &Brand, language: Language) -> String {
    document_in(language, || {
        let one_moment = messages().shell.one_moment;
        view! {
            <html lang=language.tag()>
                <head>
                    <meta charset="utf-8"/>
                    <meta http-equiv="refresh" content="0"/>
                    <meta name="color-scheme" content="light dark"/>
                    <title>{one_moment.to_owned() + " – " + &brand.name}</title>
                </head>
                <body><h1>{one_moment}</h1></body>
            </html>
        }
    })
}

/// Renders a document that is not a page of the app.
fn document_in<V: IntoView>(language: Language, document: impl FnOnce() -> V) -> String {
    messages::in_language(language, || format!("<!DOCTYPE html>{}", document().into_view().to_html()))
}

/// The data of the page, and the script that loads the WebAssembly and puts it in the place of the markup.
#[component]
fn Boot(js: String, wasm: String, catalog: String) -> impl IntoView {
    let has_passkeys = PageData::current().has_passkeys;
    let script = format!("({})({js:?}, {wasm:?}, {catalog:?}, {has_passkeys})", include_str!("boot.js").trim_end());
    view! {
        <script type="application/json" id="page-data">{PageData::current().to_json()}</script>
        <script type="module" nonce=use_nonce()>{script}</script>
    }
}
