//! Bodies of requests, before they are read: size and media type.

use axum::{
    body::HttpBody,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderMap, HeaderValue, header},
};

use super::{csrf, error::Error};

/// Maximum size, in bytes.
pub const MAX_BYTES: usize = 16 * 1024;

/// Limits the body that a handler reads, independent of the size that the client announces.
pub fn limit_size(request: &mut Request) {
    DefaultBodyLimit::max(MAX_BYTES).apply(request);
}

/// Compressed bodies are rejected, because they are not decoded (RFC 9110, section 8.4).
pub fn check_encoding(request: &Request) -> Result<(), Error> {
    let mut codings = request.headers().get_all(header::CONTENT_ENCODING).iter();
    let is_plain = codings.all(|coding| coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity"));
    if is_plain { Ok(()) } else { Err(Error::UnsupportedMediaType) }
}

/// A body must be JSON: no form of another site can send that. Its announced size is checked before a byte is read.
pub fn check_json(request: &Request) -> Result<(), Error> {
    if csrf::is_safe(request.method()) {
        return Ok(());
    }
    let headers = request.headers();
    if content_length(headers).is_some_and(|length| length > MAX_BYTES as u64) {
        return Err(Error::TooLarge);
    }
    let mut content_types = headers.get_all(header::CONTENT_TYPE).iter();
    let is_typed = headers.contains_key(header::CONTENT_TYPE) || request.body().is_end_stream();
    if is_typed && content_types.all(is_json) { Ok(()) } else { Err(Error::UnsupportedMediaType) }
}

fn is_json(content_type: &HeaderValue) -> bool {
    let kind = content_type.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    kind.trim_ascii().eq_ignore_ascii_case(b"application/json")
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
