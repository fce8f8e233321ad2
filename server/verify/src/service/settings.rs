//! The settings of a service: where Doorward is, which tokens to accept, and what to do while Doorward cannot be
//! reached.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use http::Uri;

use super::{
    clock::Clock,
    doorward::Doorward,
    feed_client::MAX_HEALTHY_SILENCE,
    http_transport::HttpTransport,
    staleness::{Staleness, WhenStale},
    transport::Transport,
};
use crate::AccessTokenVerifier;

/// Settings that cannot work. The message is one line that names the setting.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InvalidSettings(String);

impl fmt::Display for InvalidSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for InvalidSettings {}

/// The settings of a service, from [`Doorward::at`]; [`start`](Self::start) makes a [`Doorward`] of them.
#[derive(Clone, Debug)]
pub struct Settings {
    issuer: String,
    audience: String,
    address: String,
    leeway: i64,
    staleness: Staleness,
    cache_capacity: usize,
    allows_plain_http: bool,
    clock: Clock,
}

impl Doorward {
    /// Settings with defaults for a service that accepts tokens of this issuer: exactly Doorward's `public_url`, an
    /// origin such as `https://login.example`.
    pub fn at(issuer: impl Into<String>) -> Settings {
        let issuer = issuer.into();
        Settings {
            audience: issuer.clone(),
            address: issuer.clone(),
            issuer,
            leeway: 0,
            staleness: Staleness { action: WhenStale::default(), after: MAX_HEALTHY_SILENCE },
            cache_capacity: 10_000,
            allows_plain_http: false,
            clock: Clock::system(),
        }
    }
}

impl Settings {
    /// The only `aud` to accept: Doorward's setting `audience`. Default: the issuer, as in Doorward.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = audience.into();
        self
    }

    /// The URL to reach Doorward at, for example inside a cluster. Default: the issuer.
    #[must_use]
    pub fn address(mut self, url: impl Into<String>) -> Self {
        self.address = url.into();
        self
    }

    /// The clock skew to tolerate in tokens, in seconds: from 0, the default, to 5.
    #[must_use]
    pub fn leeway(mut self, seconds: i64) -> Self {
        self.leeway = seconds;
        self
    }

    /// What to do when the revocation feed is stale. Default: [`WhenStale::Refuse`].
    #[must_use]
    pub fn when_stale(mut self, action: WhenStale) -> Self {
        self.staleness.action = action;
        self
    }

    /// The age from which the revocation feed is stale. Default and minimum: one minute. With less, one lost connection
    /// would make it stale: the loss is noticed after 30 seconds, and the next response can take 25.
    #[must_use]
    pub fn stale_after(mut self, age: Duration) -> Self {
        self.staleness.after = age;
        self
    }

    /// The maximum number of verified tokens to cache, about 1.2 KB each. Default: 10,000; 0 disables the cache.
    #[must_use]
    pub fn cache_capacity(mut self, tokens: usize) -> Self {
        self.cache_capacity = tokens;
        self
    }

    /// Allows an address with `http://` that is not a loopback address. Only for a trusted network: an attacker between
    /// the service and Doorward could replace the key set.
    #[must_use]
    pub fn allow_plain_http(mut self) -> Self {
        self.allows_plain_http = true;
        self
    }

    /// The wall clock, in seconds since the Unix epoch; for tests. Default: the system's.
    #[must_use]
    pub fn clock(mut self, seconds: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(seconds);
        self
    }

    /// Starts the background tasks in the current Tokio runtime. Does not wait for Doorward; see [`Doorward::ready`].
    ///
    /// # Errors
    ///
    /// [`InvalidSettings`] for a setting out of its range, and outside a Tokio runtime.
    pub fn start(self) -> Result<Doorward, InvalidSettings> {
        let address = self.address.trim_end_matches('/');
        self.validate(address)?;
        let http = HttpTransport::new(address).map_err(|error| InvalidSettings(format!("address: {error}")))?;
        Ok(self.start_with(http))
    }

    /// Like [`start`](Self::start), without validation and over any transport.
    pub(super) fn start_with(self, transport: impl Transport + 'static) -> Doorward {
        let verifier = AccessTokenVerifier::new(self.issuer.clone(), self.audience)
            .leeway(self.leeway)
            .cache_capacity(self.cache_capacity);
        Doorward::run(self.issuer, verifier, self.staleness, self.clock, Arc::new(transport))
    }

    fn validate(&self, address: &str) -> Result<(), InvalidSettings> {
        let invalid = |message: &str| Err(InvalidSettings(message.into()));
        let uri: Uri = address.parse().map_err(|error| InvalidSettings(format!("address: {error}")))?;
        let is_loopback = matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_loopback || self.allows_plain_http => {}
            Some("http") => return invalid("address: plain HTTP requires `allow_plain_http`"),
            _ => return invalid("address: must be a URL that begins with https:// or http://"),
        }
        if uri.query().is_some() {
            return invalid("address: must not have a query");
        }
        if self.issuer.is_empty() || self.audience.is_empty() {
            return invalid("issuer and audience: must not be empty");
        }
        if !is_origin(&self.issuer) {
            let issuer = &self.issuer;
            return Err(InvalidSettings(format!(
                "issuer: {issuer:?} is not an origin such as \"https://login.example\""
            )));
        }
        if !(0..=5).contains(&self.leeway) {
            return invalid("leeway: must be from 0 to 5 seconds");
        }
        if self.staleness.after < MAX_HEALTHY_SILENCE {
            let minimum = MAX_HEALTHY_SILENCE.as_secs();
            return Err(InvalidSettings(format!("stale_after: must be at least {minimum} seconds")));
        }
        match tokio::runtime::Handle::try_current() {
            Ok(_) => Ok(()),
            Err(_) => invalid("no Tokio runtime: start must be called inside one"),
        }
    }
}

/// Whether `issuer` has the form of an `iss` of Doorward: scheme, host and port without a path. The comparison with
/// `iss` is exact, so an issuer of another form would reject every token.
fn is_origin(issuer: &str) -> bool {
    issuer.split_once("://").is_some_and(|(_, host)| !host.is_empty() && !host.contains(['/', '?', '#']))
}
