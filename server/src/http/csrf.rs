//! CSRF: a request that can change something must come from one of our own pages.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
};
use url::{Host, Url};

use super::error::Error;

/// Whether a request of this method changes nothing.
pub fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Accepts what our own pages send, and what command-line clients send without a cookie.
///
/// Browsers send where a request comes from in `Sec-Fetch-Site` (W3C Fetch Metadata), older ones in `Origin`. Where there are
/// both, each must be ours: if they contradict each other, something has changed one of them on the way. Text browsers send
/// neither, but the address of the page in `Referer`.
pub fn check_origin(request: &Request, public_url: &str) -> Result<(), Error> {
    if is_safe(request.method()) {
        return Ok(());
    }
    let headers = request.headers();
    let sites = headers.get_all(HeaderName::from_static("sec-fetch-site"));
    let origins = headers.get_all(header::ORIGIN);
    let has_site = sites.iter().next().is_some();
    let is_ours = |origin: &HeaderValue| origin == public_url || (has_site && is_same_loopback(origin, public_url));
    let is_accepted = sites.iter().all(|site| site == "same-origin") && origins.iter().all(is_ours);
    let is_known = has_site
        || origins.iter().next().is_some()
        || !headers.contains_key(header::COOKIE)
        || has_our_referer(headers, public_url);
    if is_accepted && is_known { Ok(()) } else { Err(Error::CrossSiteRequest) }
}

/// Whether the one `Referer` is a page of ours.
fn has_our_referer(headers: &HeaderMap, public_url: &str) -> bool {
    let mut pages = headers.get_all(header::REFERER).iter();
    let (Some(page), None) = (pages.next(), pages.next()) else { return false };
    let origin = page.to_str().ok().and_then(|url| Url::parse(url).ok()).map(|url| url.origin());
    origin.is_some_and(|origin| origin.is_tuple() && origin.ascii_serialization() == public_url)
}

/// `Origin` with another loopback name of the same origin is accepted.
fn is_same_loopback(origin: &HeaderValue, public_url: &str) -> bool {
    let parse = |url: &str| Url::parse(url).ok().filter(is_loopback);
    let (Some(origin), Some(public_url)) = (origin.to_str().ok().and_then(parse), parse(public_url)) else {
        return false;
    };
    origin.scheme() == public_url.scheme() && origin.port_or_known_default() == public_url.port_or_known_default()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
