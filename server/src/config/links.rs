//! Value parsers of links to pages of the operator.

use app::ReturnPath;
use url::{Host, Url};

const MAX_LENGTH: usize = 2000;

/// A link on our pages: to another page of this origin, to a website, or to write to an address.
pub(super) fn link(text: &str) -> Result<String, String> {
    let expected = "an `https:` or `mailto:` URL, or a path such as `/terms`";
    url_or_path(text, expected, |url| is_https(url) || (url.scheme() == "mailto" && url.path().contains('@')))
}

/// Where a login leads to.
pub(super) fn home(text: &str) -> Result<String, String> {
    let expected = "an `https:` URL, or a path of this origin such as `/account` that is not a page to log in";
    url_or_path(text, expected, is_https)
}

fn url_or_path(text: &str, expected: &str, is_allowed: impl Fn(&Url) -> bool) -> Result<String, String> {
    let is_path = || ReturnPath::parse(text).is_some();
    // In ASCII, and without what a URL parser drops or repairs.
    let is_plain = text.len() <= MAX_LENGTH && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_url =
        || Url::parse(text).is_ok_and(|url| is_allowed(&url) && url.username().is_empty() && url.password().is_none());
    if is_plain && (is_path() || is_url()) { Ok(text.to_owned()) } else { Err(format!("{text:?} is not {expected}")) }
}

/// Or `http` on this machine, for development.
pub(super) fn is_https(url: &Url) -> bool {
    let is_local = || match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_local())
}
