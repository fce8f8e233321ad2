//! Statistics of a [`Doorward`](super::Doorward), also as metrics in the text format of Prometheus.

use std::{fmt, time::Duration};

/// The state of a [`Doorward`](super::Doorward) at one moment.
///
/// `to_string` gives the text format of Prometheus; each field names its metric, which has the prefix
/// `doorward_verify_`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Stats {
    /// Whether the revocation feed has been unreachable for longer than `stale_after`. Metric `feed_stale`, 0 or 1.
    pub is_stale: bool,
    /// The age of this service's copy of the feed; `None` before the feed was first read. Metric `feed_age_seconds`,
    /// `+Inf` for `None`.
    pub feed_age: Option<Duration>,
    /// The delay of the last revocation that arrived, in whole seconds and including the clock skew. Metric
    /// `feed_last_delay_seconds`.
    pub last_delay: Duration,
    /// The number of revoked sessions in memory. Metric `sessions_ended`.
    pub revoked_sessions: usize,
    /// The number of keys in the key set. Metric `keys`.
    pub keys: usize,
    /// The time since the key set was fetched; `None` before the first time. Metric `keys_age_seconds`, `+Inf` for
    /// `None`.
    pub keys_age: Option<Duration>,
    /// The number of tokens in the token cache. Metric `tokens_remembered`.
    pub cached_tokens: usize,
    /// The number of verifications that found their token in the cache. Metric `tokens_found_total`, the only counter.
    pub cache_hits: u64,
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |age: Option<Duration>| age.map_or(f64::INFINITY, |age| age.as_secs_f64());
        let count = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        let gauges = [
            ("feed_stale", u8::from(self.is_stale).into()),
            ("feed_age_seconds", seconds(self.feed_age)),
            ("feed_last_delay_seconds", self.last_delay.as_secs_f64()),
            ("sessions_ended", count(self.revoked_sessions)),
            ("keys", count(self.keys)),
            ("keys_age_seconds", seconds(self.keys_age)),
            ("tokens_remembered", count(self.cached_tokens)),
        ];
        for (name, value) in gauges {
            let value = if value.is_infinite() { "+Inf".into() } else { value.to_string() };
            writeln!(f, "# TYPE doorward_verify_{name} gauge\ndoorward_verify_{name} {value}")?;
        }
        let name = "doorward_verify_tokens_found_total";
        writeln!(f, "# TYPE {name} counter\n{name} {}", self.cache_hits)
    }
}
