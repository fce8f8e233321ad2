//! `doorward doctor`: what is right, doubtful and wrong with this installation, from the settings to the public address.

mod connection;
mod database;
mod files;
mod keys;
mod mail;
mod public_url;
mod report;
mod server;
mod session_cache;
mod settings;

use super::failure::Failure;
use crate::{clock::Clock, config::Config, store::Store};
use report::Report;

/// Prints a line for each finding. Fails if one of them is a failure.
pub async fn doctor(config: &Config) -> Result<(), Failure> {
    let (clock, mut report) = (Clock::system(), Report::default());
    settings::check(config, &mut report).await;
    files::check(config, &mut report);
    let store = match Store::inspect(&config.database()).await {
        Ok(Some(store)) => Some(store),
        Ok(None) => {
            report.warn("database", "has not been used yet; the first start prepares it");
            None
        }
        Err(problem) => {
            report.fail("database", problem);
            None
        }
    };
    if let Some(store) = &store {
        database::check(store, config, &clock, &mut report).await;
        keys::check(config, store, &clock, &mut report).await;
    }
    session_cache::check(config, &mut report).await;
    mail::check(config, &mut report).await;
    if server::check(config, &mut report).await {
        public_url::check(config, store.as_ref(), &clock, &mut report).await;
    } else {
        report.warn("public_url", "not checked, because the server on this machine is not ready");
    }
    Ok(report.outcome()?)
}
