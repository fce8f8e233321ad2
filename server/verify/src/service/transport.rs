//! GET requests to Doorward, within limits on time and size. Tests replace the [`Transport`].

use std::{fmt, future::Future, pin::Pin, time::Duration};

use http::HeaderMap;
use hyper::body::Bytes;
use tokio::time::timeout;

/// Why a request failed, as text for the log.
#[derive(Debug)]
pub(crate) struct FetchError(String);

impl FetchError {
    pub(crate) fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string())
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A GET request.
#[derive(Clone, Debug)]
pub(crate) struct FetchRequest {
    /// Path and query.
    pub(crate) path: String,
    /// Whether caches must revalidate before they respond: `Cache-Control: no-cache`.
    pub(crate) bypass_caches: bool,
    /// The maximum length of the body.
    pub(crate) max_bytes: usize,
    /// For the whole response, up to the last byte.
    pub(crate) timeout: Duration,
}

/// A response with the status 200.
#[derive(Debug)]
pub(crate) struct FetchResponse {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

pub(crate) type FetchFuture = Pin<Box<dyn Future<Output = Result<FetchResponse, FetchError>> + Send>>;

/// A connection to Doorward: over HTTP, or to a fake in tests.
pub(crate) trait Transport: Send + Sync {
    fn get(&self, request: FetchRequest) -> FetchFuture;
}

/// Sends `request` and enforces its limits, even if the transport does not.
pub(crate) async fn fetch(transport: &dyn Transport, request: FetchRequest) -> Result<FetchResponse, FetchError> {
    let (time_limit, max_bytes) = (request.timeout, request.max_bytes);
    let response = timeout(time_limit, transport.get(request)).await.map_err(|_| FetchError::new("timeout"))??;
    if response.body.len() > max_bytes { Err(FetchError::new("response too long")) } else { Ok(response) }
}
