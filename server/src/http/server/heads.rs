//! Heads of requests and responses, and how much memory they take.

use axum::http::{HeaderMap, HeaderValue, Request, Response};
use hyper::body::Bytes;

use super::{bodies::Counted, connection::OpenRequest, limits::REQUEST_BYTES};

/// Memory of a header beside its name and value.
const HEADER_BYTES: usize = 128;

/// Memory of a stream whose response has not been sent, beside the response.
const STREAM_BYTES: usize = 1024;

/// With so few open requests and a client that receives, a head is sent at once.
const FEW_REQUESTS: u32 = 4;

/// Memory of an HTTP/2 request that is not answered completely, without its body.
pub fn request_bytes<B>(request: &Request<B>) -> usize {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    // Twice: as it was received, and decoded.
    REQUEST_BYTES + 2 * (target + bytes(request.headers()))
}

fn bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| HEADER_BYTES + name.as_str().len() + value.len()).sum()
}

/// Counts the head of a response until it has been sent. In HTTP/1 the next request waits for that; in HTTP/2 any number of
/// responses without a body could wait for a client that does not receive.
pub fn count<B>(response: &mut Response<B>, request: &OpenRequest) {
    let connection = request.connection();
    if !connection.is_http2() || (connection.open_requests() <= FEW_REQUESTS && !connection.has_unsent()) {
        return;
    }
    let size = STREAM_BYTES + bytes(response.headers());
    // A head has no memory that others see the end of, but for the values of its headers. The last one is the request id.
    let Some(last) = response.headers_mut().values_mut().last() else { return };
    let value = Counted::new(Bytes::copy_from_slice(last.as_bytes()), size, connection.clone());
    if let Ok(mut counted) = HeaderValue::from_maybe_shared(Bytes::from_owner(value)) {
        // The table of header compression would keep it for later responses.
        counted.set_sensitive(true);
        *last = counted;
    }
}
