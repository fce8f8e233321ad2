//! Value parsers of single settings. An error contains what is expected; the caller puts the key before it.

use std::{fmt::Display, ops::RangeInclusive, path::PathBuf, str::FromStr, time::Duration};

use app::Language;
use doorward_api::PolicyName;
use ipnet::IpNet;
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use crate::model::{display_name, email::Email, user::Role};

const MIN_DURATION: Duration = Duration::from_secs(5);
const MAX_DURATION: Duration = Duration::from_hours(3660 * 24);
/// See `tokens/access_token.rs`.
const MAX_AUDIENCE_BYTES: usize = 256;
const MAX_BRAND_NAME_LENGTH: usize = 40;
const CONFIRM_WITHIN: RangeInclusive<Duration> = Duration::from_mins(1)..=Duration::from_hours(12);
const MAX_ACCESS_TOKEN_LIFETIME: Duration = Duration::from_mins(15);
const RESET_LIFETIMES: RangeInclusive<Duration> = Duration::from_mins(5)..=Duration::from_hours(1);

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

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Switch {
    On,
    Off,
}

impl FromStr for Switch {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
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

pub(super) fn reset_lifetime(text: &str) -> Result<Duration, String> {
    let lifetime = duration(text)?;
    if RESET_LIFETIMES.contains(&lifetime) { Ok(lifetime) } else { Err("must be from 5m to 1h".into()) }
}

pub(super) fn zero_or_duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Ok(Duration::ZERO),
        _ => duration(text),
    }
}

pub(super) fn confirm_within(text: &str) -> Result<Duration, String> {
    let within = duration(text)?;
    if CONFIRM_WITHIN.contains(&within) { Ok(within) } else { Err("must be from 1m to 12h".into()) }
}

/// An empty path would be the current directory.
pub(super) fn directory(text: &str) -> Result<PathBuf, String> {
    if text.trim().is_empty() {
        Err("is empty; give a path, or remove it to use the default".into())
    } else {
        Ok(text.into())
    }
}

/// Bounded, because it is part of every document title.
pub(super) fn brand_name(text: &str) -> Result<String, String> {
    display_name::parse(text)
        .filter(|name| name.chars().count() <= MAX_BRAND_NAME_LENGTH)
        .ok_or_else(|| format!("must be one line of 1 to {MAX_BRAND_NAME_LENGTH} visible characters"))
}

/// Bounded, because it is part of every access token.
pub(super) fn audience(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("is empty; remove it to use `public_url`".into());
    }
    if text.len() > MAX_AUDIENCE_BYTES || text.chars().any(|c| c.is_control() || "\"\\".contains(c)) {
        return Err(format!(
            "must be at most {MAX_AUDIENCE_BYTES} bytes, without quotes, backslashes and control characters"
        ));
    }
    Ok(text.into())
}

/// A filter in the syntax of `tracing-subscriber`, where a word alone is a level: a misspelled level would be the name of
/// a module that logs nothing.
pub(super) fn log_filter(text: &str) -> Result<String, String> {
    let wrong = |what: &str| {
        format!(
            "{what:?} is not a level; the levels are `off`, `error`, `warn`, `info`, `debug` and `trace`, and `module=level` \
             is the level of one module"
        )
    };
    let words: Vec<&str> = text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    let (modules, levels): (Vec<&str>, Vec<&str>) = words.into_iter().partition(|word| word.contains(['=', '[']));
    if let Some(level) = levels.iter().find(|level| level.parse::<LevelFilter>().is_err()) {
        return Err(wrong(level));
    }
    if let Some(module) = modules.iter().find(|module| EnvFilter::try_new(module).is_err()) {
        return Err(wrong(module));
    }
    if levels.is_empty() && modules.is_empty() {
        return Err(wrong(text));
    }
    // The levels of modules alone would switch everything else off, errors included.
    let floor = if levels.is_empty() { "error," } else { "" };
    Ok(format!("{floor}{}", text.trim()))
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
    if !is_origin {
        return Err(wrong());
    }
    let origin = parsed.origin().ascii_serialization();
    // Bounded, because it is part of every token: the longest name of a host, and around it scheme and port.
    if origin.len() > "https://".len() + 253 + ":65535".len() { Err("is too long".into()) } else { Ok(origin) }
}

/// A domain in its canonical form, in which it is compared with those of emails.
pub(super) fn mail_domain(text: &str) -> Result<String, String> {
    let email = Email::parse(&format!("name@{}", text.trim()));
    let domain = email.map(|email| email.domain().to_owned());
    domain.ok_or_else(|| format!("{text:?} is not a domain such as `example.com`"))
}

pub(super) fn policy_name(text: &str) -> Result<PolicyName, String> {
    let all = || PolicyName::ALL.map(|policy| format!("`{}`", policy.name())).join(", ");
    PolicyName::from_name(text).ok_or_else(|| format!("{text:?} is not a policy; the policies are {}", all()))
}

/// The tag of a language in which the pages exist.
pub(super) fn language(text: &str) -> Result<Language, String> {
    let all = || Language::ALL.map(|language| format!("`{}`", language.tag())).join(", ");
    Language::of_tag(text).ok_or_else(|| format!("there are no pages in {text:?}; the languages are {}", all()))
}

/// `admin=true`.
pub(super) fn role_switch(text: &str) -> Result<(Role, bool), String> {
    let (role, value) = text.split_once('=').ok_or("expected ROLE=BOOL")?;
    let role = Role::parse(role).ok_or(Role::RULE)?;
    Ok((role, parse("`true` or `false`")(value)?))
}

/// `admin=banking`.
pub(super) fn role_policy(text: &str) -> Result<(Role, PolicyName), String> {
    let (role, policy) = text.split_once('=').ok_or("expected ROLE=POLICY")?;
    let role = Role::parse(role).ok_or(Role::RULE)?;
    Ok((role, policy_name(policy)?))
}
