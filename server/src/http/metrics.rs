//! `GET /metrics`.

use std::time::Duration;

use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::IntoResponse,
};
use tokio::time::timeout;

use super::{health::check_readiness, negotiation::prefers};
use crate::{log, metrics::Snapshot, state::AppState};

/// A database that hangs must not hide the other metrics: collectors wait for ten seconds at most.
const MAX_READINESS_WAIT: Duration = Duration::from_secs(2);

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Get the metrics, in Prometheus' text format or, if accepted, in `OpenMetrics`.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses(
    (status = 200, description = "The metrics of this process", body = String, content_type = "text/plain"),
))]
pub async fn metrics(State(app): State<AppState>, headers: HeaderMap) -> impl IntoResponse {
    let is_ready = matches!(timeout(MAX_READINESS_WAIT, check_readiness(&app)).await, Ok(Ok(())));
    let (keys, now) = (app.key_ring.current(), app.clock.now());
    let text = app.metrics.encode(Snapshot {
        is_ready,
        is_fresh: app.revocations.is_fresh(),
        staleness: app.revocations.staleness(),
        revoked_sessions: app.revocations.len(),
        event_streams: app.subscribers.len(),
        feed_waiting: app.revocations.feed().waiters(),
        hashing_queue: app.password_hasher.waiting(),
        cache_hits: app.access_tokens.cache_hits(),
        keys: keys.jwks.keys.len(),
        key_generation: keys.signing(now).generation,
        key_age: now.since(keys.signing(now).signs_from),
        key_lifetime: app.config.key_lifetime,
        dropped_log_lines: log::dropped_lines(),
    });
    let is_open = prefers(&headers, "application/openmetrics-text", "text/plain");
    let (content_type, text) = if is_open { (OPEN_METRICS, text) } else { (PLAIN, plain(&text)) };
    ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-store")], text)
}

/// Prometheus' text format: without `UNIT` and `EOF`, and with the full name of a counter in its metadata.
fn plain(open_metrics: &str) -> String {
    let counters: Vec<_> =
        open_metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter")).collect();
    let lines = open_metrics.lines().filter_map(|line| match line.splitn(4, ' ').collect::<Vec<_>>()[..] {
        ["#", "UNIT" | "EOF", ..] => None,
        ["#", keyword, name, rest] if counters.contains(&name) => Some(format!("# {keyword} {name}_total {rest}\n")),
        _ => Some(format!("{line}\n")),
    });
    lines.collect()
}
