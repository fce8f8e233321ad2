//! Errors of requests for pages that no page of the app shows: a page never answers with JSON.

use app::Language;
use axum::{
    body::to_bytes,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use leptos::nonce::Nonce;

use super::{
    brand::{brand, document_assets},
    render::set_headers,
};
use crate::{config::Config, http::error::Error};

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// A problem as an HTML document; any other response as it is.
pub async fn problem_as_page(config: &Config, language: Language, response: Response) -> Response {
    if response.headers().get(header::CONTENT_TYPE).is_none_or(|kind| kind != "application/problem+json") {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let problem = to_bytes(body, usize::MAX).await.ok().and_then(|body| serde_json::from_slice(&body).ok());
    let Some(problem) = problem else { return Error::Internal.into_response() };
    head.headers.insert(header::CONTENT_TYPE, MEDIA_TYPE);
    head.headers.remove(header::CONTENT_LENGTH);
    let nonce = Nonce::new();
    let policy = format!(
        "default-src 'none'; style-src 'self' 'nonce-{nonce}'; img-src 'self'; font-src 'self'; manifest-src 'self'; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    let document = app::error_page(document_assets(config, language), brand(config), language, nonce, problem);
    let mut page = Response::from_parts(head, document.into());
    set_headers(&mut page, &policy);
    page
}
