//! What holds for every request and every answer: same-origin checks, size, media type, security headers.

use std::{panic, time::Duration};

use axum::{
    body::HttpBody,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::Instrument;

use super::revocations;
use crate::{http::error::Error, state::AppState};

/// Bodies under `/api` are refused above this size, in bytes.
pub const LARGEST_BODY: usize = 16 * 1024;

/// No answer takes longer: a client that sends slowly, or a database that hangs, keeps nothing here for ever (F2, F7).
const PATIENCE: Duration = Duration::from_secs(20);

/// Gives up on a request that takes too long; one that is meant to wait may do so first.
pub async fn patience(request: Request, next: Next) -> Response {
    let meant = if request.uri().path() == revocations::PATH { revocations::MAX_WAIT } else { Duration::ZERO };
    match tokio::time::timeout(meant + PATIENCE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Error::Unavailable("no answer in time".into()).into_response(),
    }
}

/// Finishes what may change something even if its client hangs up: otherwise a logout could be over in the database
/// before this node knows of it, and the access token would live on here (R37).
pub async fn to_the_end(request: Request, next: Next) -> Response {
    if is_reading(request.method()) {
        return next.run(request).await;
    }
    let running = tokio::spawn(next.run(request).in_current_span());
    running.await.unwrap_or_else(|stopped| match stopped.try_into_panic() {
        Ok(panic) => panic::resume_unwind(panic),
        Err(_) => Error::Internal.into_response(),
    })
}

fn is_reading(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Lets through what our own pages send, and what command-line clients send without a cookie.
pub async fn same_origin(State(app): State<AppState>, request: Request, next: Next) -> Response {
    match check(&request, &app.public_url) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

fn check(request: &Request, public_url: &str) -> Result<(), Error> {
    if is_reading(request.method()) {
        return Ok(());
    }
    let headers = request.headers();
    if !is_same_origin(headers, public_url) {
        return Err(Error::CrossSiteRequest);
    }
    if request.uri().path().starts_with("/api/") {
        check_body(headers, !request.body().is_end_stream())?;
    }
    Ok(())
}

/// Browsers say where a request comes from: `Sec-Fetch-Site` (W3C Fetch Metadata), older ones `Origin`.
fn is_same_origin(headers: &HeaderMap, public_url: &str) -> bool {
    let all_are = |name: HeaderName, expected: &str| {
        headers.contains_key(&name).then(|| headers.get_all(name).iter().all(|value| value == expected))
    };
    all_are(HeaderName::from_static("sec-fetch-site"), "same-origin")
        .or_else(|| all_are(header::ORIGIN, public_url))
        .unwrap_or_else(|| !headers.contains_key(header::COOKIE))
}

/// A body must be JSON: no form of another site can send that (R71). Its announced size is checked before a byte is read.
fn check_body(headers: &HeaderMap, has_body: bool) -> Result<(), Error> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > LARGEST_BODY as u64) {
        return Err(Error::TooLarge);
    }
    let content_type = headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
    let is_json =
        |text: &str| text.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    match content_type {
        Some(text) if !is_json(text) => Err(Error::UnsupportedMediaType),
        None if has_body => Err(Error::UnsupportedMediaType),
        _ => Ok(()),
    }
}

/// The headers of every answer (R79). What a handler has set stays.
pub async fn security_headers(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    // For anything that is not one of our pages, which bring their own.
    set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
    if app.public_url.starts_with("https:") {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
    }
    if is_api {
        set(header::CACHE_CONTROL, "no-store");
    }
    response
}
