//! Valkey.

use super::report::Report;
use crate::{config::Config, preflight};

pub(super) async fn check(config: &Config, report: &mut Report) {
    let Some(url) = &config.session_cache else { return };
    match preflight::session_cache(config).await {
        Ok(()) => report.ok("session_cache", format!("reads and writes at {}", url.address())),
        Err(problem) => report.warn("session_cache", problem),
    }
}
