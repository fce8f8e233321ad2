//! From text to [`Config`]. An error is one line that names the key.

use std::error::Error;

use clap::Parser;

use super::{Config, RawSettings};

impl TryFrom<RawSettings> for Config {
    type Error = String;

    fn try_from(settings: RawSettings) -> Result<Self, String> {
        let mut all = Vec::new();
        for (key, text) in settings.iter() {
            let flags = RawSettings::to_flags(key, text).map_err(|reason| format!("{key}: {reason}"))?;
            // Each alone first: clap's own message takes several lines, and repeats a secret.
            Self::try_parse_from(&flags).map_err(|error| format!("{key}: {}", reason(&error)))?;
            all.extend(flags);
        }
        let mut config = Self::try_parse_from(all).map_err(|error| reason(&error))?;
        config.texts = settings.with_hashed_secrets();
        config.file_warnings.clone_from(&settings.warnings);
        config.accent_style = config.accent_tokens();
        config.check_loopback_only()?;
        config.check_metrics_listen()?;
        config.check_public_url()?;
        config.check_hashing()?;
        config.check_policy()?;
        config.check_home()?;
        config.check_mail()?;
        Ok(config)
    }
}

fn reason(error: &clap::Error) -> String {
    hide_passwords(&error.source().map_or_else(|| error.kind().to_string(), ToString::to_string))
}

/// Hides the user and password of a URL: a value may stand at the wrong key. A password may contain any character, so what
/// is hidden begins with the first URL and ends with the last `@`.
fn hide_passwords(text: &str) -> String {
    let Some((before, after)) = text.rsplit_once('@') else { return text.to_owned() };
    let start = before.find("://").map(|scheme| scheme + 3).or_else(|| before.find(['"', '`']).map(|quote| quote + 1));
    format!("{}…@{after}", &before[..start.unwrap_or(0)])
}

impl Config {
    /// Settings that remove a protection, allowed where only this machine reaches the server.
    fn check_loopback_only(&self) -> Result<(), String> {
        let weakened = [("cookie_secure", self.cookie_secure, true), ("inspector", self.inspector, false)];
        match weakened.into_iter().find(|(_, value, safe)| value != safe) {
            Some((key, value, _)) if !self.is_loopback() => {
                Err(format!("{key}: `{value}` is allowed only if `public_url` is a loopback address"))
            }
            _ => Ok(()),
        }
    }

    /// Port 0 is another port each time.
    fn check_metrics_listen(&self) -> Result<(), String> {
        match self.metrics_listen {
            Some(address) if address == self.listen && address.port() != 0 => Err(format!(
                "metrics_listen: {address} is the address of `listen`: leave it out to serve `/metrics` there"
            )),
            _ => Ok(()),
        }
    }

    /// Other machines cannot open an address that stands for all of this one's, and an issuer must not depend on it.
    fn check_public_url(&self) -> Result<(), String> {
        if self.public_url.is_none() && !self.listen.ip().is_loopback() {
            return Err(format!(
                "public_url: required because `listen` ({}) is not a loopback address: set it to the origin that browsers \
                 open, such as `https://login.example.com`",
                self.listen
            ));
        }
        Ok(())
    }

    /// Whether browsers on this machine only are served.
    pub(super) fn is_loopback(&self) -> bool {
        let Some(url) = &self.public_url else { return self.listen.ip().is_loopback() };
        match url::Url::parse(url).ok().as_ref().and_then(url::Url::host) {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        }
    }

    /// A URL of this origin could be one of a page to log in, which leads to `home`.
    fn check_home(&self) -> Result<(), String> {
        let origin = |url: &String| url::Url::parse(url).ok().map(|url| url.origin());
        let own = self.public_url.as_ref().and_then(origin);
        match self.home.as_ref().and_then(origin) {
            Some(home) if Some(&home) == own.as_ref() => {
                Err("home: is on the origin of `public_url`: give its path alone, such as `/account`".into())
            }
            _ => Ok(()),
        }
    }

    fn check_hashing(&self) -> Result<(), String> {
        let needed = self.argon2_memory_kib.div_ceil(1024);
        if self.hashing_memory_mib < needed {
            return Err(format!(
                "hashing_memory_mib: must be at least {needed}, which one hash of `argon2_memory_kib` needs"
            ));
        }
        Ok(())
    }
}
