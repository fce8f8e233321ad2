//! `doorward serve`: start, serve, graceful shutdown.

use std::{io, net::SocketAddr, time::Duration};

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
    keys::{bootstrap, master_secret::shorten},
    output, random,
    reload::Reload,
    service_manager,
    signals::{self, ReloadSignal, StopSignals},
    state::{self, AppState},
    store::{ServerLock, Store},
};

/// Maximum time for running requests to finish after a signal to stop.
const GRACE_PERIOD: Duration = Duration::from_secs(10);

/// At `metrics_listen`: a few collectors and an operator. They are among the descriptors that are kept for other purposes.
const MAX_METRICS_CONNECTIONS: usize = 16;

/// Serves until a signal to stop. Without `migrates`, a database that lacks migrations is refused. The error is one line for the
/// operator.
pub async fn serve(mut config: Config, reload: Reload, migrates: bool) -> Result<(), String> {
    random::initialize();
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    signals::survive();
    descriptors::raise_limit();
    config.max_connections = descriptors::connections_within_limit(config.max_connections);
    let (stop_signals, reload_signal) = (StopSignals::new()?, ReloadSignal::new()?);
    let (listener, address) = bind("listen", config.listen).await?;
    let metrics_listener = match config.metrics_listen {
        Some(address) => Some(bind("metrics_listen", address).await?),
        None => None,
    };
    // Without the setting, `listen` is a loopback address.
    let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://localhost:{}", address.port()));

    state::create_data_dir(&config)?;
    let _lock = ServerLock::acquire(&config.database())?;
    if !migrates {
        Store::require_migrations(&config.database()).await?;
    }
    let app = AppState::open(config, public_url.clone(), Clock::system()).await?;
    log_start(&app);
    let reloading = reload.run(app.clone(), reload_signal);
    let served = run(&app, listener, metrics_listener, &public_url, address, stop_signals, reloading).await;
    app.failed_requests.finish();
    if let Err(error) = background::flush_all(&app).await {
        tracing::warn!(%error, "writing the latest last-used times failed");
    }
    if let Err(error) = app.store.close().await {
        tracing::warn!(%error, "closing the database failed; keep its -wal file beside it");
    }
    served
}

/// What an operator compares with other nodes and with backups.
fn log_start(app: &AppState) {
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        database = if app.store.is_shared() { "postgres" } else { "sqlite" },
        policy = app.policies.default.name.name(),
        keys = app.key_ring.current().jwks.keys.len(),
        secret_fingerprint = shorten(&app.key_ring.secret_fingerprint()),
        "start"
    );
}

async fn bind(key: &str, address: SocketAddr) -> Result<(TcpListener, SocketAddr), String> {
    let bound = async {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    bound.await.map_err(|error: io::Error| format!("{key}: {address}: {error}"))
}

/// Serves until a signal to stop, or until the server cannot continue.
async fn run(
    app: &AppState,
    listener: TcpListener,
    metrics_listener: Option<(TcpListener, SocketAddr)>,
    public_url: &str,
    address: SocketAddr,
    mut stop_signals: StopSignals,
    reloading: impl Future<Output = ()> + Send + 'static,
) -> Result<(), String> {
    let mut background = JoinSet::new();
    // Here, because requests may arrive before the job runs.
    app.revocations.require_polls();
    background.spawn(background::run(app.clone()));
    background.spawn(reloading);
    let mail_app = app.clone();
    background.spawn(async move { mail_app.mail_sender.run().await });
    let mut metrics_at = String::new();
    if let Some((listener, address)) = metrics_listener {
        metrics_at = format!("metrics at {address}, ");
        let router = http::metrics_router(app.clone());
        let connections = connections(app, MAX_METRICS_CONNECTIONS);
        // To the end: what happens during a stop is measured, too.
        background.spawn(server::serve(listener, router, connections, std::future::pending()));
    }
    let mailbox = if app.config.has_mailbox() { format!(", mails at {public_url}/mailbox") } else { String::new() };
    output::line_of_server(format!(
        "Doorward is ready: {public_url} (listening on {address}, {metrics_at}data in {}{mailbox})",
        app.config.data_dir.display()
    ));

    service_manager::ready();

    let (stop, stopped) = oneshot::channel::<StopSignals>();
    let stopping_app = app.clone();
    let stopping = async move {
        tokio::select! {
            signal = stop_signals.next() => tracing::info!("{signal}: stopping"),
            () = stopping_app.key_ring.secret_superseded() => tracing::error!("{}; stopping", bootstrap::SECRET_SUPERSEDED),
        }
        service_manager::stopping();
        stopping_app.subscribers.close();
        stopping_app.revocations.feed().close();
        drop(stop.send(stop_signals));
    };
    tokio::select! {
        () = server::serve(listener, http::router(app.clone()), connections(app, app.config.max_connections), stopping) => {}
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

fn connections(app: &AppState, max_connections: usize) -> Connections {
    let limits = Limits {
        max_connections,
        max_connections_per_address: app.config.max_connections_per_address,
        timeouts: Timeouts::DEFAULT,
    };
    Connections::new(limits, app.network_rules.clone(), app.metrics.clone())
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
