//! The security headers of every response.

use std::{mem, sync::LazyLock};

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::Response,
};

static HEADERS: LazyLock<HeaderMap> = LazyLock::new(|| {
    let header = |name, value| (HeaderName::from_static(name), HeaderValue::from_static(value));
    HeaderMap::from_iter([
        header("x-content-type-options", "nosniff"),
        header("referrer-policy", "no-referrer"),
        header("cross-origin-opener-policy", "same-origin"),
        header("cross-origin-resource-policy", "same-origin"),
        // For everything but pages, which bring their own.
        header("content-security-policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    ])
});

/// Adds the headers that the handler has not set.
pub fn secure(response: &mut Response, is_https: bool) {
    // A copy is cheaper than to insert each of them.
    let own = mem::replace(response.headers_mut(), HEADERS.clone());
    let headers = response.headers_mut();
    if is_https {
        let always = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, always);
    }
    headers.extend(own);
}

/// `no-store`, for responses that carry a token or private data.
pub fn forbid_storing(response: &mut Response) {
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
