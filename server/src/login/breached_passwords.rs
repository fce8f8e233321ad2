//! Refuses new passwords that are known from data breaches (NIST SP 800-63B, section 3.1.1.2; ASVS 5.0, 6.2.12).

use std::time::Duration;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use tokio::time::timeout;
use url::Url;

use crate::{
    http_request,
    metrics::Metrics,
    model::{
        blocklist::Guessable,
        password::{Password, PasswordError},
        password_list::PasswordList,
    },
    tls_client,
};

/// Where breached passwords are looked up.
#[derive(Clone, Debug)]
pub enum BreachedPasswords {
    Off,
    List(PasswordList),
    /// A service with the range API of Pwned Passwords: it learns the first five digits of a hash, which hundreds of passwords
    /// share.
    Service(Url),
}

/// Of the API of Have I Been Pwned.
pub const PWNED_PASSWORDS: &str = "https://api.pwnedpasswords.com/range/";

/// For the whole response.
const TIMEOUT: Duration = Duration::from_secs(2);

const PREFIX_DIGITS: usize = 5;

impl BreachedPasswords {
    /// Checks a new password. A service that fails refuses none: the failure is logged and counted.
    pub async fn check(&self, password: &Password, metrics: &Metrics) -> Result<(), PasswordError> {
        let is_breached = match self {
            Self::Off => false,
            Self::List(list) => list.contains(password.reveal()),
            Self::Service(url) => match is_listed(url, password).await {
                Ok(is_listed) => is_listed,
                Err(reason) => {
                    metrics.breach_check_failed();
                    tracing::warn!(
                        reason,
                        "breached_passwords: the service failed; a new password was accepted unchecked"
                    );
                    false
                }
            },
        };
        if is_breached { Err(PasswordError::Guessable(Guessable::Breached)) } else { Ok(()) }
    }

    /// Whether a password is on a list. Takes microseconds, so that it can be asked at every login.
    pub fn is_listed(&self, password: &Password) -> bool {
        if let Self::List(list) = self { list.contains(password.reveal()) } else { false }
    }
}

async fn is_listed(url: &Url, password: &Password) -> Result<bool, String> {
    let hash = hex::encode_upper(digest(&SHA1_FOR_LEGACY_USE_ONLY, password.reveal().as_bytes()));
    let (prefix, rest) = hash.split_at(PREFIX_DIGITS);
    let response = timeout(TIMEOUT, range(url, prefix)).await.map_err(|_| "no response within 2 s".to_owned())??;
    // Padding has a count of 0.
    let is_hit = |line: &str| line.trim_end().split_once(':').is_some_and(|(hash, count)| hash == rest && count != "0");
    Ok(response.lines().any(is_hit))
}

async fn range(url: &Url, prefix: &str) -> Result<String, String> {
    let host = url.host_str().ok_or("has no host")?;
    let port = url.port_or_known_default().ok_or("has no port")?;
    let path = format!("{}{prefix}", url.path());
    // So that the length of the response does not reveal the prefix.
    let headers = [("add-padding", "true"), ("user-agent", "doorward")];
    let response = if url.scheme() == "https" {
        let stream = tls_client::connect_tls(host, port, &["http/1.1"]).await?;
        http_request::get_with(stream, host, &path, &headers).await?
    } else {
        let stream = tls_client::connect(host, port).await?;
        http_request::get_with(stream, host, &path, &headers).await?
    };
    if response.status != 200 {
        return Err(format!("status {}", response.status));
    }
    String::from_utf8(response.body.into()).map_err(|error| error.to_string())
}
