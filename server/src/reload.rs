//! Reload: on `SIGHUP`, reads the settings again and takes over those that a running server can.

use crate::{
    config::{Config, RELOADABLE},
    log::LogFilter,
    network_rules::Networks,
    service_manager,
    signals::ReloadSignal,
    state::AppState,
};

/// Where the settings come from, and the log that obeys one of them.
pub struct Reload {
    pub read_config: Box<dyn Fn() -> Result<Config, String> + Send + Sync>,
    pub log_filter: LogFilter,
}

impl Reload {
    /// Never returns.
    pub async fn run(self, app: AppState, mut signal: ReloadSignal) {
        let mut running = app.config.clone();
        let reload = std::sync::Arc::new(self);
        loop {
            signal.next().await;
            service_manager::reloading();
            let reading = reload.clone();
            match tokio::task::spawn_blocking(move || (reading.read_config)()).await {
                Ok(Ok(new)) => reload.apply(&app, &mut running, &new),
                Ok(Err(error)) => {
                    tracing::error!("settings not reloaded, the server goes on with the previous ones: {error}");
                }
                Err(error) => {
                    tracing::error!(%error, "settings not reloaded, the server goes on with the previous ones");
                }
            }
            service_manager::ready();
        }
    }

    /// Nothing is taken over if one of the settings cannot be.
    fn apply(&self, app: &AppState, running: &mut Config, new: &Config) {
        let changes = running.changes(new);
        if let Err(error) = self.log_filter.set(&new.log) {
            tracing::error!("settings not reloaded, the server goes on with the previous ones: {error}");
            return;
        }
        for key in &changes.needs_restart {
            tracing::warn!("{key}: has changed and needs a restart");
        }
        if changes.reloadable.is_empty() {
            tracing::info!("settings reloaded: nothing has changed among {}", RELOADABLE.join(", "));
            return;
        }
        app.network_rules
            .replace(Networks { trusted_proxies: new.trusted_proxies.clone(), blocked: new.blocked_networks.clone() });
        app.limiter.set_limit(new.login_attempts.on());
        running.reload_from(new);
        for warning in new.warnings() {
            tracing::warn!("{warning}");
        }
        tracing::info!("settings reloaded: {}", changes.reloadable.join(", "));
    }
}
