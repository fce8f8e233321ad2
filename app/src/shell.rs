//! The HTML document around the app: its head, the data of the page, and the script that loads the program.

use leptos::{
    hydration::AutoReload,
    nonce::{Nonce, use_nonce},
    prelude::*,
};
use leptos_meta::MetaTags;

use crate::{
    Brand,
    head::{Assets, Head},
    messages,
    page_data::PageData,
};
use doorward::Error;
use doorward_api::Problem;

/// The HTML document. Reads [`Assets`] and the CSP nonce from the context.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let assets = use_context::<Assets>().unwrap_or_default();
    let (js, wasm) = (assets.js.clone(), assets.wasm.clone());
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <Head assets brand=PageData::current().brand nonce=use_nonce()>
                <Boot js wasm/>
                <AutoReload disable_watch=!cfg!(debug_assertions) options/>
                <MetaTags/>
            </Head>
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
pub fn error_page(assets: Assets, brand: Brand, nonce: Nonce, problem: Problem) -> String {
    let title = format!("Error {} – {}", problem.status, brand.name);
    let message = messages::error(&Error::Problem(Box::new(problem)));
    let page = view! {
        <html lang="en">
            <Head assets brand nonce=Some(nonce)>
                <title>{title}</title>
            </Head>
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

/// A document that navigates to itself at once. Without styles and the program.
pub fn arrival_page(brand: &Brand) -> String {
    let page = view! {
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta http-equiv="refresh" content="0"/>
                <meta name="color-scheme" content="light dark"/>
                <title>{format!("One moment… – {}", brand.name)}</title>
            </head>
            <body><h1>"One moment…"</h1></body>
        </html>
    };
    format!("<!DOCTYPE html>{}", page.to_html())
}

/// The data of the page, and the script that loads the program and puts it in the place of the markup.
#[component]
fn Boot(js: String, wasm: String) -> impl IntoView {
    let script = format!("({})({js:?}, {wasm:?})", include_str!("boot.js").trim_end());
    view! {
        <script type="application/json" id="page-data">{PageData::current().to_json()}</script>
        <script type="module" nonce=use_nonce()>{script}</script>
    }
}
