//! Numbers for Prometheus.

use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::IntoResponse,
};

use crate::{metrics::Present, state::AppState};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Show what is counted and measured, in Prometheus' text format, or in that of `OpenMetrics` for whoever asks for it.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses(
    (status = 200, description = "Counts and measures of this process", body = String, content_type = "text/plain"),
))]
pub async fn metrics(State(app): State<AppState>, headers: HeaderMap) -> impl IntoResponse {
    let (keys, now) = (app.key_ring.current(), app.clock.now());
    let text = app.metrics.show(Present {
        is_fresh: app.revocations.is_fresh(),
        staleness: app.revocations.staleness(),
        revoked: app.revocations.len(),
        streams: app.subscribers.len(),
        waiting: app.revocations.feed().waiters(),
        hashes: app.password_hasher.waiting(),
        found: app.access_tokens.cache_hits(),
        keys: keys.jwks.keys.len(),
        generation: keys.signing(now).generation,
        key_age: now.since(keys.signing(now).signs_from),
    });
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|accept| accept.to_str().ok());
    let is_open = accepts.into_iter().any(|accept| accept.contains("application/openmetrics-text"));
    let (kind, text) = if is_open { (OPEN_METRICS, text) } else { (PLAIN, plain(&text)) };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], text)
}

/// The older format: no units, no end, and a counter's description has its full name.
fn plain(open: &str) -> String {
    let counters: Vec<_> =
        open.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter")).collect();
    let lines = open.lines().filter_map(|line| match line.splitn(4, ' ').collect::<Vec<_>>()[..] {
        ["#", "UNIT" | "EOF", ..] => None,
        ["#", what, name, rest] if counters.contains(&name) => Some(format!("# {what} {name}_total {rest}\n")),
        _ => Some(format!("{line}\n")),
    });
    lines.collect()
}
