//! The server on this machine.

use super::{
    super::health::{check as check_ready, reachable},
    report::Report,
};
use crate::config::Config;

/// Whether it is ready.
pub(super) async fn check(config: &Config, report: &mut Report) -> bool {
    let ready = match reachable(config.listen) {
        Ok(address) => check_ready(address).await.map(|()| address),
        Err(problem) => Err(problem),
    };
    let is_ready = ready.is_ok();
    match ready {
        Ok(address) => report.ok("server", format!("ready at {address}")),
        Err(problem) => report.warn("server", problem),
    }
    is_ready
}
