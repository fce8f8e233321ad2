//! CSRF: a request that can change something must come from one of our own pages.

use axum::{
    body::HttpBody,
    extract::Request,
    http::{HeaderMap, HeaderName, Method, header},
};

use super::error::Error;

/// Maximum size of a body under `/api`, in bytes.
pub const MAX_BODY_BYTES: usize = 16 * 1024;

/// Whether a request of this method changes nothing.
pub fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Accepts what our own pages send, and what command-line clients send without a cookie.
///
/// Browsers send where a request comes from in `Sec-Fetch-Site` (W3C Fetch Metadata), older ones in `Origin`.
pub fn check_origin(request: &Request, public_url: &str) -> Result<(), Error> {
    if is_safe(request.method()) {
        return Ok(());
    }
    let headers = request.headers();
    let all_are = |name: HeaderName, expected: &str| {
        headers.contains_key(&name).then(|| headers.get_all(name).iter().all(|value| value == expected))
    };
    let is_same_origin = all_are(HeaderName::from_static("sec-fetch-site"), "same-origin")
        .or_else(|| all_are(header::ORIGIN, public_url))
        .unwrap_or_else(|| !headers.contains_key(header::COOKIE));
    if is_same_origin { Ok(()) } else { Err(Error::CrossSiteRequest) }
}

/// A body must be JSON: no form of another site can send that. Its announced size is checked before a byte is read.
pub fn check_json_body(request: &Request) -> Result<(), Error> {
    if is_safe(request.method()) {
        return Ok(());
    }
    let headers = request.headers();
    if content_length(headers).is_some_and(|length| length > MAX_BODY_BYTES as u64) {
        return Err(Error::TooLarge);
    }
    let content_type = headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
    let is_json =
        |text: &str| text.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    match content_type {
        Some(text) if !is_json(text) => Err(Error::UnsupportedMediaType),
        None if !request.body().is_end_stream() => Err(Error::UnsupportedMediaType),
        _ => Ok(()),
    }
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
