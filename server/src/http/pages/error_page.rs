//! Errors of requests for pages that no page of the app shows: a page never answers with JSON.

use app::Language;
use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use doorward_api::Problem;
use leptos::nonce::Nonce;

use super::{
    brand::{brand, document_assets},
    render::set_headers,
};
use crate::config::Config;

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// Makes an HTML document the body of the response to an error.
pub fn set_error_page(response: &mut Response, config: &Config, language: Language, problem: Problem) {
    let nonce = Nonce::new();
    let policy = format!(
        "default-src 'none'; style-src 'self' 'nonce-{nonce}'; img-src 'self'; font-src 'self'; manifest-src 'self'; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    let document = app::error_page(document_assets(config, language), brand(config), language, nonce, problem);
    *response.body_mut() = document.into();
    response.headers_mut().insert(header::CONTENT_TYPE, MEDIA_TYPE);
    // Computed for the empty body.
    response.headers_mut().remove(header::CONTENT_LENGTH);
    set_headers(response, &policy);
}
