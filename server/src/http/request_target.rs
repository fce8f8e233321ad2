//! The target of a request: what HTTP requires of it for every resource (RFC 9112, section 3.2; RFC 9113, section 8.3.1).
//!
//! Nothing depends on which host it is, but the way from `127.0.0.1` to `localhost`: `public_url` is where browsers find this
//! server.

use axum::{
    extract::Request,
    http::{HeaderValue, Method, Version, header, uri::Authority},
};

use super::error::Error;

/// Maximum size of path and query, in bytes. Our own are far shorter.
const MAX_BYTES: usize = 8 * 1024;

/// A proxy and a server that see different targets can be played off against each other.
pub fn check(request: &Request) -> Result<(), Error> {
    if request.uri().path_and_query().is_some_and(|target| target.as_str().len() > MAX_BYTES) {
        return Err(Error::TargetTooLong);
    }
    if !request.uri().path().starts_with('/') && request.method() != Method::OPTIONS {
        return Err(malformed("The target is not a path."));
    }
    // RFC 9110, section 4.2.4: a user before the host is there to deceive.
    if request.uri().authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(malformed("The target has a user."));
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let authority = request.uri().authority().filter(|_| request.version() == Version::HTTP_2);
    match (hosts.next(), hosts.next()) {
        (None, _) if authority.is_some() || request.version() < Version::HTTP_11 => Ok(()),
        (None, _) => Err(malformed("The header `Host` is missing.")),
        (Some(_), Some(_)) => Err(malformed("The header `Host` appears twice.")),
        (Some(host), None) if !is_host(host) => Err(malformed("The header `Host` is not a host.")),
        (Some(host), None) => match authority {
            Some(authority) if !authority.as_str().as_bytes().eq_ignore_ascii_case(host.as_bytes()) => {
                Err(malformed("`:authority` and `Host` differ."))
            }
            _ => Ok(()),
        },
    }
}

/// The host and port that a request is for: those of the target, if it has them, else the header (RFC 9112, section 3.2.2).
pub fn authority(request: &Request) -> Option<Authority> {
    let of_target = request.uri().authority().cloned();
    of_target.or_else(|| request.headers().get(header::HOST)?.to_str().ok()?.parse().ok())
}

fn malformed(detail: &'static str) -> Error {
    Error::MalformedRequest(detail.into())
}

/// Whether it consists of the characters of a host and port, and is not empty.
fn is_host(value: &HeaderValue) -> bool {
    let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~:[]%!$&'()*+;=".contains(byte);
    !value.is_empty() && value.as_bytes().iter().all(is_allowed)
}
