//! Value parsers of single settings. An error contains what is expected; the caller puts the key before it.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr, time::Duration};

use doorward_api::PolicyName;
use ipnet::IpNet;
use tracing_subscriber::EnvFilter;

use crate::model::user::Role;

const MIN_DURATION: Duration = Duration::from_secs(5);
const MAX_DURATION: Duration = Duration::from_hours(3660 * 24);
const MAX_ACCESS_TOKEN_LIFETIME: Duration = Duration::from_mins(15);

/// A value, or `off`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OrOff<T> {
    On(T),
    Off,
}

impl<T> OrOff<T> {
    pub fn on(self) -> Option<T> {
        match self {
            Self::On(value) => Some(value),
            Self::Off => None,
        }
    }
}

/// The format of the log on standard error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LogFormat {
    Text,
    /// One JSON object per line.
    Json,
}

impl FromStr for LogFormat {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(()),
        }
    }
}

pub(super) fn parse<T: FromStr>(expected: &'static str) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| text.parse().map_err(|_| format!("{text:?} is not {expected}"))
}

pub(super) fn number<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: Clone + Display + FromStr + PartialOrd,
{
    move |text| {
        let number = parse("a whole number")(text)?;
        if range.contains(&number) {
            return Ok(number);
        }
        Err(format!("must be from {} to {}, not {number}", range.start(), range.end()))
    }
}

pub(super) fn or_off<T>(
    parse: impl Fn(&str) -> Result<T, String> + Clone,
) -> impl Fn(&str) -> Result<OrOff<T>, String> + Clone {
    move |text| if text == "off" { Ok(OrOff::Off) } else { parse(text).map(OrOff::On) }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text)
        .map_err(|_| format!("{text:?} is not a duration such as `90s`, `5m`, `12h` or `30d`"))?;
    if duration < MIN_DURATION {
        return Err("must be at least 5s".into());
    }
    if duration > MAX_DURATION {
        return Err("must be at most ten years".into());
    }
    Ok(duration)
}

pub(super) fn access_token_lifetime(text: &str) -> Result<Duration, String> {
    let lifetime = duration(text)?;
    if lifetime > MAX_ACCESS_TOKEN_LIFETIME { Err("must be at most 15m".into()) } else { Ok(lifetime) }
}

pub(super) fn audience(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() { Err("is empty; remove it to use `public_url`") } else { Ok(text.into()) }
}

pub(super) fn database_url(url: &str) -> Result<String, &'static str> {
    let is_supported = ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
    if is_supported { Ok(url.into()) } else { Err("must begin with `sqlite:` or `postgres://`") }
}

/// A filter in the syntax of `tracing-subscriber`.
pub(super) fn log_filter(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map_err(|error| error.to_string())?;
    Ok(text.into())
}

/// A network, or a single address.
pub(super) fn network(cidr: &str) -> Result<IpNet, String> {
    let cidr = cidr.trim();
    let single = || cidr.parse().map(|address: std::net::IpAddr| IpNet::from(address));
    cidr.parse()
        .or_else(|_| single())
        .map_err(|_| format!("{cidr:?} is not an address or a network such as `10.0.0.0/8`"))
}

/// An origin and nothing more, in its canonical form.
pub(super) fn origin(url: &str) -> Result<String, String> {
    let wrong = || format!("{url:?} is not an origin such as `https://login.example.com`");
    let parsed = url::Url::parse(url).map_err(|_| wrong())?;
    let is_origin = matches!(parsed.scheme(), "http" | "https")
        && parsed.path() == "/"
        && parsed.query().is_none()
        && parsed.fragment().is_none()
        && parsed.username().is_empty()
        && parsed.password().is_none();
    if is_origin { Ok(parsed.origin().ascii_serialization()) } else { Err(wrong()) }
}

pub(super) fn policy_name(text: &str) -> Result<PolicyName, String> {
    let all = || PolicyName::ALL.map(|policy| format!("`{}`", policy.name())).join(", ");
    PolicyName::from_name(text).ok_or_else(|| format!("{text:?} is not a policy; the policies are {}", all()))
}

/// `admin=banking`.
pub(super) fn role_policy(text: &str) -> Result<(Role, PolicyName), String> {
    let (role, policy) = text.split_once('=').ok_or("expected ROLE=POLICY")?;
    let role = Role::parse(role).ok_or(Role::RULE)?;
    Ok((role, policy_name(policy)?))
}
