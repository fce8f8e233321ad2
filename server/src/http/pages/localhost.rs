//! `127.0.0.1` and `[::1]`, where browsers are meant to open `localhost`: they keep separate cookies for each, and passkeys
//! work with names only.

use std::net::IpAddr;

use axum::{
    extract::Request,
    http::{Uri, uri::PathAndQuery},
};

use crate::http::request_target;

/// The URL of a page that was requested at a loopback address.
pub fn at_localhost(public_url: &str, request: &Request) -> Option<String> {
    let host = request_target::authority(request)?;
    let address: IpAddr = host.host().trim_matches(['[', ']']).parse().ok()?;
    let is_localhost = public_url.parse::<Uri>().is_ok_and(|url| url.host() == Some("localhost"));
    (address.is_loopback() && is_localhost)
        .then(|| format!("{public_url}{}", request.uri().path_and_query().map_or("/", PathAndQuery::as_str)))
}
