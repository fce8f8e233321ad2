//! The settings: what the start would warn of, and what only shows with a proxy in front.

use super::report::Report;
use crate::{config::Config, preflight};

pub(super) async fn check(config: &Config, report: &mut Report) {
    let moved = [preflight::changed_issuer(config).await, preflight::lost_passkeys(config).await];
    let warnings: Vec<String> = config.warnings().into_iter().chain(moved.into_iter().flatten()).collect();
    for warning in &warnings {
        report.warn("settings", warning);
    }
    if warnings.is_empty() {
        report.ok("settings", "valid");
    }
    // Doorward itself speaks plain HTTP.
    if config.public_url.as_ref().is_some_and(|url| url.starts_with("https:")) {
        if config.trusted_proxies.is_empty() {
            report.warn(
                "trusted_proxies",
                "`public_url` is https, so there is a proxy in front, but none is trusted: all users have the proxy's address, \
                 and share its limits; name it, and let it set `X-Forwarded-For`",
            );
        } else {
            report.ok("trusted_proxies", "the proxy in front is named; it has to set `X-Forwarded-For`");
        }
    }
}
