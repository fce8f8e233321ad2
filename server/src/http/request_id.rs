//! Request ids: one for each request, in its response and in every log line about it; with the trace that it belongs to.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    response::Response,
};
use ipnet::IpNet;
use tracing::{Span, error_span};

use super::{client_info::client_ip, trace_context::TraceContext};
use crate::random;

static HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Maximum length of an id from the client.
const MAX_LENGTH: usize = 64;

/// The id of a request. A valid one from the client is kept, so that a chain of services logs the same id.
pub struct RequestId {
    id: String,
    trace: Option<TraceContext>,
}

impl RequestId {
    pub fn of(request: &Request) -> Self {
        let given = request.headers().get(&HEADER).and_then(|value| value.to_str().ok()).filter(|id| is_valid(id));
        Self { id: given.map_or_else(random::request_id, str::to_owned), trace: TraceContext::of(request.headers()) }
    }

    /// The span of the request's log lines, of every level. The path alone: the query may be private.
    pub fn span(&self, request: &Request, trusted_proxies: &[IpNet]) -> Span {
        error_span!(
            "request",
            id = self.id,
            trace_id = self.trace.as_ref().map(|trace| &trace.trace_id),
            span_id = self.trace.as_ref().map(|trace| &trace.span_id),
            method = request.method().as_str(),
            path = request.uri().path(),
            ip = client_ip(request.extensions(), request.headers(), trusted_proxies).map(display),
        )
    }

    pub fn set(self, response: &mut Response) {
        if let Ok(value) = HeaderValue::try_from(self.id) {
            response.headers_mut().insert(&HEADER, value);
        }
        if let Some(trace) = self.trace {
            trace.set(response.headers_mut());
        }
    }
}

/// Rejects line breaks and control characters, which could forge a log line.
fn is_valid(id: &str) -> bool {
    let is_word = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    (1..=MAX_LENGTH).contains(&id.len()) && is_word
}
