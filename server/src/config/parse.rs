//! Single settings, from text. Every error is one line that names the key.

use std::{net::SocketAddr, path::Path, time::Duration};

use ipnet::IpNet;
use tracing_subscriber::EnvFilter;

use super::{Hidden, LogFormat};
use crate::{keys::master_secret::MasterSecret, model::rate_limit::Limit};

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

/// A switch that weakens something: only where nobody else can come may it differ from what is `safe`.
pub(super) fn on_loopback_only(text: Option<&str>, key: &str, safe: bool, is_loopback: bool) -> Result<bool, String> {
    let value = parse(text, key, "`true` or `false`")?.unwrap_or(safe);
    if value != safe && !is_loopback {
        return Err(format!("{key}: `{value}` is for a `public_url` on a loopback address only"));
    }
    Ok(value)
}

/// How many failed tries there may be; `None` for any number.
pub(super) fn attempts(text: Option<&str>) -> Result<Option<Limit>, String> {
    match text.unwrap_or("10/15m") {
        "off" => Ok(None),
        text => text.parse().map(Some).map_err(|error| format!("login_attempts: {error}")),
    }
}

/// A master secret that will do.
pub(super) fn secret(text: String) -> Result<Hidden, String> {
    MasterSecret::from_setting(&text).map_err(|error| format!("secret: {error}"))?;
    Ok(Hidden(text))
}

/// Whom tokens are for.
pub(super) fn audience(text: String) -> Result<String, String> {
    if text.trim().is_empty() { Err("audience: is empty; leave it out for `public_url`".into()) } else { Ok(text) }
}

/// Where the database is.
pub(super) fn database_url(url: Option<String>, data_dir: &Path) -> Result<String, String> {
    match url {
        Some(url) if ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) => {
            Ok(url)
        }
        Some(_) => Err("database_url: must begin with `sqlite:` or `postgres://`".into()),
        None => Ok(format!("sqlite:{}", data_dir.join("doorward.db").display())),
    }
}

/// A filter of the log, in the form of `tracing-subscriber`.
pub(super) fn log_filter(text: Option<String>) -> Result<String, String> {
    let text = text.unwrap_or("info".into());
    EnvFilter::try_new(&text).map_err(|error| format!("log: {error}"))?;
    Ok(text)
}

/// The form of the log.
pub(super) fn log_format(text: Option<&str>) -> Result<LogFormat, String> {
    match text {
        None | Some("text") => Ok(LogFormat::Text),
        Some("json") => Ok(LogFormat::Json),
        Some(other) => Err(format!("log_format: {other:?} is neither `text` nor `json`")),
    }
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
