//! How a service wants its tokens checked, and what it does when Doorward cannot be reached.

use std::{fmt, time::Duration};

use http::Uri;

use super::{
    Doorward,
    clock::Clock,
    follower::LONGEST_SILENCE,
    transport::{Http, Transport},
};
use crate::AccessTokens;

/// What a service does when it has not heard from the feed for too long.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum WhenStale {
    /// It refuses everybody with 503 `unavailable`: nobody gets in whose session may have ended.
    #[default]
    Refuse,
    /// It goes on: a session that ended meanwhile is good until its access token expires, 15 minutes at most.
    Accept,
}

/// A setting that cannot be, in one line that names it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Impossible(String);

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Impossible {}

/// The settings of a service; [`start`](Self::start) makes a [`Doorward`] of them.
#[derive(Clone, Debug)]
pub struct Settings {
    issuer: String,
    audience: String,
    address: String,
    leeway: i64,
    when_stale: WhenStale,
    stale_after: Duration,
    remember: usize,
    allows_plain_http: bool,
    clock: Clock,
}

impl Settings {
    pub(super) fn new(issuer: String) -> Self {
        Self {
            audience: issuer.clone(),
            address: issuer.clone(),
            issuer,
            leeway: 0,
            when_stale: WhenStale::default(),
            stale_after: LONGEST_SILENCE,
            remember: 10_000,
            allows_plain_http: false,
            clock: Clock::system(),
        }
    }

    /// Takes only tokens for exactly this audience: Doorward's setting `audience`. The default is the issuer, as there.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = audience.into();
        self
    }

    /// Reaches Doorward at this URL instead of the issuer's, for example inside of a cluster.
    #[must_use]
    pub fn address(mut self, url: impl Into<String>) -> Self {
        self.address = url.into();
        self
    }

    /// Forgives clocks that differ by up to this many seconds: 0 by default, 5 at most.
    #[must_use]
    pub fn leeway(mut self, seconds: i64) -> Self {
        self.leeway = seconds;
        self
    }

    /// What happens when the feed has not been heard of for too long: refuse by default.
    #[must_use]
    pub fn when_stale(mut self, what: WhenStale) -> Self {
        self.when_stale = what;
        self
    }

    /// After how long without the feed that is so: a minute by default, and at least. Less would refuse everybody for one
    /// lost connection: it is noticed after 30 seconds, and the next answer can take the feed's wait of 25.
    #[must_use]
    pub fn stale_after(mut self, time: Duration) -> Self {
        self.stale_after = time;
        self
    }

    /// Remembers up to this many checked tokens, about 1.2 KB each: 10,000 by default; 0 switches it off.
    #[must_use]
    pub fn remember(mut self, tokens: usize) -> Self {
        self.remember = tokens;
        self
    }

    /// Reaches Doorward over plain HTTP. Without this only a loopback address may be `http://`: whoever sits on the way
    /// could put keys of their own into the key set.
    #[must_use]
    pub fn allow_plain_http(mut self) -> Self {
        self.allows_plain_http = true;
        self
    }

    /// Asks this for the time of day, in seconds of the Unix epoch, instead of the operating system: for tests.
    #[must_use]
    pub fn clock(mut self, seconds: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(seconds);
        self
    }

    /// Begins to fetch keys and to follow the feed, in the Tokio runtime that this is called in. Does not wait for either:
    /// see [`Doorward::ready`].
    pub fn start(self) -> Result<Doorward, Impossible> {
        let address = self.address.trim_end_matches('/');
        self.check(address)?;
        let http = Http::new(address).map_err(|failed| Impossible(format!("address: {failed}")))?;
        Ok(self.start_on(http))
    }

    /// The same, on a way to Doorward that is known to be good.
    pub(super) fn start_on(self, transport: impl Transport + 'static) -> Doorward {
        let checks = AccessTokens::new(self.issuer.clone(), self.audience).leeway(self.leeway).remember(self.remember);
        Doorward::run(self.issuer, checks, (self.when_stale, self.stale_after), self.clock, transport)
    }

    fn check(&self, address: &str) -> Result<(), Impossible> {
        let impossible = |what: &str| Err(Impossible(what.into()));
        let uri: Uri = address.parse().map_err(|error| Impossible(format!("address: {error}")))?;
        let is_loopback = matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_loopback || self.allows_plain_http => {}
            Some("http") => return impossible("address: plain HTTP, which needs `allow_plain_http`"),
            _ => return impossible("address: not a URL that begins with https:// or http://"),
        }
        if uri.query().is_some() {
            return impossible("address: has a query");
        }
        if self.issuer.is_empty() || self.audience.is_empty() {
            return impossible("issuer and audience: must not be empty");
        }
        if !is_origin(&self.issuer) {
            let issuer = &self.issuer;
            return Err(Impossible(format!("issuer: {issuer:?} is not an origin such as \"https://login.example\"")));
        }
        if !(0..=5).contains(&self.leeway) {
            return impossible("leeway: from 0 to 5 seconds");
        }
        if self.stale_after < LONGEST_SILENCE {
            return Err(Impossible(format!("stale_after: at least {} seconds", LONGEST_SILENCE.as_secs())));
        }
        match tokio::runtime::Handle::try_current() {
            Ok(_) => Ok(()),
            Err(_) => impossible("no Tokio runtime to run in"),
        }
    }
}

/// Whether Doorward can be called so in its tokens: they name it by scheme, host and port alone, and are compared with the
/// issuer to the letter.
fn is_origin(issuer: &str) -> bool {
    issuer.split_once("://").is_some_and(|(_, host)| !host.is_empty() && !host.contains(['/', '?', '#']))
}
