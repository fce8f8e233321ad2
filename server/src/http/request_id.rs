//! A name for each request, in its answer and in everything that is logged of it.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tracing::{Instrument, debug, info_span};

use crate::random;

static HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// A longer one of somebody else is not taken.
const LONGEST: usize = 64;

/// Names the request: as it was named by whoever sent it, if that is a plain word, so that one name goes along a chain of
/// services.
pub async fn name(request: Request, next: Next) -> Response {
    let given = request.headers().get(&HEADER).and_then(|value| value.to_str().ok()).filter(|id| is_plain(id));
    let id = given.map_or_else(random::id, str::to_owned);
    // The path alone: what stands behind it may be private.
    let span = info_span!("request", id, method = %request.method(), path = request.uri().path());
    let answering = async {
        let response = next.run(request).await;
        debug!(status = response.status().as_u16(), "answered");
        response
    };
    let mut response = answering.instrument(span).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(&HEADER, value);
    }
    response
}

/// Nothing that could write a line of its own into a log.
fn is_plain(id: &str) -> bool {
    let is_word = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    (1..=LONGEST).contains(&id.len()) && is_word
}
