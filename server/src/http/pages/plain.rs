//! Pages that are plain HTML forms: no scripts, no WebAssembly. They work in text browsers, and when everything else is broken.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use leptos::{nonce::Nonce, prelude::*};

use super::{
    brand::{brand, document_assets},
    render::set_headers,
};
use crate::{http::language::LanguagePreference, state::AppState};

/// Renders a plain page in the language of the request. `title` and `content` are called in that language.
pub fn plain_page<V: IntoView>(
    app: &AppState,
    headers: &HeaderMap,
    status: StatusCode,
    title: impl FnOnce() -> String,
    content: impl FnOnce() -> V,
) -> Response {
    let preference = LanguagePreference::of(&app.config, headers);
    let language = preference.language();
    let nonce = Nonce::new();
    let policy = format!(
        "default-src 'none'; style-src 'self' 'nonce-{nonce}'; img-src 'self'; font-src 'self'; manifest-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let assets = document_assets(&app.config, language);
    let document = app::plain_page(assets, brand(&app.config), language, nonce, title, content);
    let mut response = (status, Html(document)).into_response();
    set_headers(&mut response, &policy);
    response.headers_mut().insert(X_ROBOTS_TAG, HeaderValue::from_static("noindex"));
    preference.set_headers(response.headers_mut());
    response
}

const X_ROBOTS_TAG: header::HeaderName = header::HeaderName::from_static("x-robots-tag");
