//! Parts of responses that count as memory of their connection until they have been sent.

use std::sync::Arc;

use axum::{
    body::Bytes,
    http::{HeaderValue, Response},
};

use super::{
    connection::{Connection, OpenRequest},
    heads,
};

/// Memory of a stream whose response has not been sent, beside the response.
const STREAM_BYTES: usize = 1024;

/// With so few open requests and a client that receives, a head is sent at once.
const FEW_REQUESTS: u32 = 4;

/// Bytes that count as memory of a connection until they are dropped.
pub struct Counted {
    bytes: Bytes,
    size: usize,
    connection: Arc<Connection>,
}

impl Counted {
    /// `size` is the memory that ends with these bytes.
    pub fn new(bytes: Bytes, size: usize, connection: Arc<Connection>) -> Self {
        connection.hold(size);
        Self { bytes, size, connection }
    }
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.connection.release(self.size);
    }
}

/// Counts the head of a response until it has been sent. In HTTP/1 the next request waits for that; in HTTP/2 any number of
/// responses without a body could wait for a client that does not receive.
pub fn count_head<B>(response: &mut Response<B>, request: &OpenRequest) {
    let connection = request.connection();
    if !connection.is_http2() || (connection.open_requests() <= FEW_REQUESTS && !connection.has_unsent()) {
        return;
    }
    let size = STREAM_BYTES + heads::bytes(response.headers());
    // Only header values report when they are dropped; the last one, the request id, carries the count.
    let Some(last) = response.headers_mut().values_mut().last() else { return };
    let value = Counted::new(Bytes::copy_from_slice(last.as_bytes()), size, connection.clone());
    if let Ok(mut counted) = HeaderValue::from_maybe_shared(Bytes::from_owner(value)) {
        // The table of header compression would keep it for later responses.
        counted.set_sensitive(true);
        *last = counted;
    }
}
