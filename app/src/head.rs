//! The head of every document with styles: those of the product and of the brand, its icons and colors.

use leptos::{nonce::Nonce, prelude::*};

use crate::{
    Brand,
    messages::{self, messages},
};

/// The absolute paths of the files of a document, and its style. The server provides them as context.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    /// The JavaScript that loads the WebAssembly.
    pub js: String,
    /// The WebAssembly.
    pub wasm: String,
    /// The messages in the language of the page.
    pub messages: String,
    /// The style sheet, where it is not part of the document.
    pub stylesheet: Option<String>,
    /// The style in the document: no request delays the first frame.
    pub style: String,
    /// The style sheet of the operator.
    pub theme: Option<String>,
    /// The icon, and its media type.
    pub icon: (String, &'static str),
    /// The icon on home screens.
    pub touch_icon: Option<String>,
}

#[component]
pub(crate) fn Head(assets: Assets, brand: Brand, nonce: Option<Nonce>, children: Children) -> impl IntoView {
    let Assets { stylesheet, style, theme, icon: (icon, icon_type), touch_icon, .. } = assets;
    let Brand { name, is_demo, .. } = brand;
    let description = if is_demo { messages().home.title.to_owned() } else { messages::log_in_to(&name) };
    view! {
        <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <meta name="theme-color" content="#fcfcfa" media="(prefers-color-scheme: light)"/>
            <meta name="theme-color" content="#121516" media="(prefers-color-scheme: dark)"/>
            <meta name="description" content=description/>
            {stylesheet.map(|path| view! { <link rel="stylesheet" href=path/> })}
            {(!style.is_empty()).then(|| view! { <style nonce=nonce>{style}</style> })}
            {theme.map(|path| view! { <link rel="stylesheet" href=path/> })}
            <link rel="icon" href=icon type=icon_type/>
            {touch_icon.map(|path| view! { <link rel="apple-touch-icon" href=path/> })}
            <link rel="manifest" href="/site.webmanifest"/>
            {children()}
        </head>
    }
}
