//! Single settings, from text. Every error is one line that names the key.

use std::{net::SocketAddr, time::Duration};

use ipnet::IpNet;

const SECOND: Duration = Duration::from_secs(1);

/// A time from five seconds to ten years.
pub(super) fn duration(text: &str, key: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text)
        .map_err(|_| format!("{key}: {text:?} is not a duration such as `90s`, `5m`, `12h` or `30d`"))?;
    if time < 5 * SECOND {
        return Err(format!("{key}: is 5s at least"));
    }
    if time > 3660 * 24 * 3600 * SECOND {
        return Err(format!("{key}: is ten years at most"));
    }
    Ok(time)
}

/// A whole number in these bounds; `otherwise` where nothing is written.
pub(super) fn number(text: Option<&str>, key: &str, least: u32, most: u32, otherwise: u32) -> Result<u32, String> {
    let value = parse(text, key, "a whole number")?.unwrap_or(otherwise);
    if !(least..=most).contains(&value) {
        return Err(format!("{key}: is from {least} to {most}, not {value}"));
    }
    Ok(value)
}

/// What is written, in the form that `form` describes.
pub(super) fn parse<T: std::str::FromStr>(text: Option<&str>, key: &str, form: &str) -> Result<Option<T>, String> {
    text.map(|text| text.parse().map_err(|_| format!("{key}: {text:?} is not {form}"))).transpose()
}

/// A switch.
pub(super) fn flag(text: Option<&str>, key: &str) -> Result<Option<bool>, String> {
    parse(text, key, "`true` or `false`")
}

/// A network; a single address is one too.
pub(super) fn network(cidr: &str) -> Result<IpNet, String> {
    let cidr = cidr.trim();
    let single = || cidr.parse().map(|address: std::net::IpAddr| IpNet::from(address));
    cidr.parse()
        .or_else(|_| single())
        .map_err(|_| format!("trusted_proxies: {cidr:?} is not an address or a network such as `10.0.0.0/8`"))
}

/// Checks that `url` is an origin and nothing more, and brings it into its one form.
pub(super) fn origin(url: &str) -> Result<String, String> {
    let wrong = || format!("public_url: {url:?} is not an origin such as `https://login.example.com`");
    let parsed = url::Url::parse(url).map_err(|_| wrong())?;
    let plain = matches!(parsed.scheme(), "http" | "https")
        && parsed.path() == "/"
        && parsed.query().is_none()
        && parsed.fragment().is_none()
        && parsed.username().is_empty()
        && parsed.password().is_none();
    if plain { Ok(parsed.origin().ascii_serialization()) } else { Err(wrong()) }
}

/// Whether browsers find the server on their own machine, and nowhere else.
pub(super) fn is_loopback(public_url: Option<&str>, listen: SocketAddr) -> bool {
    let Some(url) = public_url else { return listen.ip().is_loopback() };
    match url::Url::parse(url).ok().as_ref().and_then(url::Url::host) {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}
