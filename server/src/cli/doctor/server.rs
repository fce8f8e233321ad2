//! The server on this machine.

use super::{
    super::health::{check as check_ready, reachable},
    report::Report,
};
use crate::config::Config;

pub(super) async fn check(config: &Config, report: &mut Report) {
    let ready = match reachable(config.listen) {
        Ok(address) => check_ready(address).await.map(|()| address),
        Err(problem) => Err(problem),
    };
    match ready {
        Ok(address) => report.ok("server", format!("ready at {address}")),
        Err(problem) => report.warn("server", problem),
    }
}
