//! The security headers of every response.

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::Response,
};

/// Adds the headers that the handler has not set.
pub fn secure(response: &mut Response, is_https: bool) {
    let headers = response.headers_mut();
    headers.reserve(8);
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    // For everything but pages, which bring their own.
    set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
    if is_https {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
    }
}

/// `no-store`, for responses that carry a token or private data.
pub fn forbid_storing(response: &mut Response) {
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
