//! How much memory the heads of requests and responses take.

use axum::http::{HeaderMap, Request};

use super::limits::REQUEST_BYTES;

/// Memory of a header beside its name and value.
const HEADER_BYTES: usize = 128;

/// Memory of an HTTP/2 request that is not answered completely, without its body.
pub fn request_bytes<B>(request: &Request<B>) -> usize {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    // Twice: as it was received, and decoded.
    REQUEST_BYTES + 2 * (target + bytes(request.headers()))
}

/// In bytes, as the header map holds them.
pub fn bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| HEADER_BYTES + name.as_str().len() + value.len()).sum()
}
