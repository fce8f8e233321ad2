//! `doorward serve`: start, serve, graceful shutdown.

use std::{net::SocketAddr, time::Duration};

use tokio::{net::TcpListener, sync::oneshot, task::JoinSet};

use crate::{
    background,
    clock::Clock,
    config::Config,
    descriptors,
    http::{
        self,
        server::{
            self,
            connections::Connections,
            limits::{Limits, Timeouts},
        },
    },
    keys::bootstrap,
    output,
    signals::{self, StopSignals},
    state::{self, AppState},
    store::{ServerLock, Store},
};

/// Maximum time for running requests to finish after a signal to stop.
const GRACE_PERIOD: Duration = Duration::from_secs(10);

/// Serves until a signal to stop. Without `migrates`, a database that lacks migrations is refused. The error is one line for the
/// operator.
pub async fn serve(mut config: Config, migrates: bool) -> Result<(), String> {
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    signals::survive();
    descriptors::raise_limit();
    config.max_connections = descriptors::connections_within_limit(config.max_connections);
    let stop_signals = StopSignals::new()?;
    let listener =
        TcpListener::bind(config.listen).await.map_err(|error| format!("listen: {}: {error}", config.listen))?;
    let address = listener.local_addr().map_err(|error| format!("listen: {error}"))?;
    // Without the setting, `listen` is a loopback address.
    let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://localhost:{}", address.port()));

    state::create_data_dir(&config)?;
    let _lock = ServerLock::acquire(&config.database())?;
    if !migrates {
        Store::require_migrations(&config.database()).await?;
    }
    let app = AppState::open(config, public_url.clone(), Clock::system()).await?;
    let served = run(&app, listener, &public_url, address, stop_signals).await;
    app.failed_requests.finish();
    if let Err(error) = background::flush_all(&app).await {
        tracing::warn!(%error, "writing the latest last-used times failed");
    }
    if let Err(error) = app.store.close().await {
        tracing::warn!(%error, "closing the database failed; keep its -wal file beside it");
    }
    served
}

/// Serves until a signal to stop, or until the server cannot continue.
async fn run(
    app: &AppState,
    listener: TcpListener,
    public_url: &str,
    address: SocketAddr,
    mut stop_signals: StopSignals,
) -> Result<(), String> {
    let mut background = JoinSet::new();
    // Here, because requests may arrive before the job runs.
    app.revocations.require_polls();
    background.spawn(background::run(app.clone()));
    output::line_of_server(format!(
        "Doorward is ready: {public_url} (listening on {address}, data in {})",
        app.config.data_dir.display()
    ));

    let (stop, stopped) = oneshot::channel::<StopSignals>();
    let stopping_app = app.clone();
    let stopping = async move {
        tokio::select! {
            signal = stop_signals.next() => tracing::info!("{signal}: stopping"),
            () = stopping_app.key_ring.secret_superseded() => tracing::error!("{}; stopping", bootstrap::SECRET_SUPERSEDED),
        }
        stopping_app.subscribers.close();
        stopping_app.revocations.feed().close();
        drop(stop.send(stop_signals));
    };
    tokio::select! {
        () = server::serve(listener, http::router(app.clone()), connections(app), stopping) => {}
        reason = grace_period(stopped) => tracing::warn!("some requests did not finish: {reason}"),
        error = background_failure(&mut background) => {
            // Without them the server would soon reject all requests or miss key rotations: a restart is better.
            tracing::error!("{error}; stopping");
            return Err(error);
        }
    }
    background.shutdown().await;
    if app.key_ring.is_secret_superseded() {
        return Err(bootstrap::SECRET_SUPERSEDED.into());
    }
    Ok(())
}

fn connections(app: &AppState) -> Connections {
    let limits = Limits {
        max_connections: app.config.max_connections,
        max_connections_per_address: app.config.max_connections_per_address,
        timeouts: Timeouts::DEFAULT,
    };
    Connections::new(limits, app.config.trusted_proxies.clone(), app.metrics.clone())
}

/// Waits until the background jobs stop, which should run forever, and returns the cause.
async fn background_failure(background: &mut JoinSet<()>) -> String {
    match background.join_next().await {
        Some(Err(failed)) => format!("a background job failed: {failed}"),
        Some(Ok(())) | None => "the background jobs stopped".into(),
    }
}

/// Completes when running requests have had enough time: after the grace period, or at a second signal to stop.
async fn grace_period(stopped: oneshot::Receiver<StopSignals>) -> &'static str {
    let Ok(mut stop_signals) = stopped.await else { return std::future::pending().await };
    tokio::select! {
        () = tokio::time::sleep(GRACE_PERIOD) => "the grace period is over",
        _ = stop_signals.next() => "a second signal to stop",
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::JoinSet;

    use super::background_failure;

    #[tokio::test]
    async fn a_panic_in_a_background_job_stops_the_server_with_the_cause() {
        let mut background = JoinSet::new();
        background.spawn(async { std::future::pending().await });
        background.spawn(async { panic!("no such row") });

        let error = background_failure(&mut background).await;

        assert!(error.starts_with("a background job failed") && error.contains("no such row"), "{error}");
    }
}
