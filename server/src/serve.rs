//! `doorward serve`: start, serve, graceful shutdown.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};

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
    state::AppState,
};

/// Maximum time for running requests to finish after a signal to stop.
const GRACE_PERIOD: Duration = Duration::from_secs(10);

/// Serves until a signal to stop. The error is one line for the operator.
pub async fn serve(mut config: Config) -> Result<(), String> {
    warn_about_weak_hashing(&config);
    ignore_file_size_signal();
    descriptors::raise_limit();
    config.max_connections = descriptors::connections_within_limit(config.max_connections);
    let listener =
        TcpListener::bind(config.listen).await.map_err(|error| format!("listen: {}: {error}", config.listen))?;
    let address = listener.local_addr().map_err(|error| format!("listen: {error}"))?;
    let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));

    let app = AppState::open(config, public_url.clone(), Clock::system()).await?;
    let served = run(&app, listener, &public_url, address).await;
    if let Err(error) = background::flush(&app).await {
        tracing::warn!(%error, "writing the latest last-used times failed");
    }
    if let Err(error) = app.store.close().await {
        tracing::warn!(%error, "closing the database failed; keep its -wal file beside it");
    }
    served
}

/// Serves until a signal to stop, or until the server cannot continue.
async fn run(app: &AppState, listener: TcpListener, public_url: &str, address: SocketAddr) -> Result<(), String> {
    let mut background = JoinSet::new();
    background.spawn(background::run(app.clone()));
    println!("Doorward is ready: {public_url} (listening on {address}, data in {})", app.config.data_dir.display());

    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let stopping_app = app.clone();
    let stopping = async move {
        tokio::select! {
            () = wait_for_signal() => tracing::info!("stopping"),
            () = stopping_app.key_ring.secret_superseded() => tracing::error!("{}; stopping", bootstrap::SECRET_SUPERSEDED),
        }
        stopping_app.subscribers.close();
        stopping_app.revocations.feed().close();
        drop(stop);
    };
    tokio::select! {
        () = server::serve(listener, http::router(app.clone()), connections(app), stopping) => {}
        () = async { drop(stopped.await); tokio::time::sleep(GRACE_PERIOD).await } => {
            tracing::warn!("some requests did not finish within the grace period");
        }
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

/// The minimum of OWASP's password storage cheat sheet: 46 MiB with one iteration, 19 MiB with two or 12 MiB with three.
fn warn_about_weak_hashing(config: &Config) {
    let (memory, iterations) = (config.argon2_memory_kib, config.argon2_iterations);
    let minimums = [(47_104, 1), (19_456, 2), (12_288, 3)];
    if !minimums.iter().any(|minimum| memory >= minimum.0 && iterations >= minimum.1) {
        tracing::warn!("argon2_memory_kib = {memory} with argon2_iterations = {iterations} is below OWASP's minimum");
    }
}

/// `SIGXFSZ` would kill the process; with a handler, a write beyond the limit on file sizes fails with an error.
fn ignore_file_size_signal() {
    if let Err(error) = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw())) {
        tracing::warn!(%error, "SIGXFSZ is not handled; a limit on file sizes would kill the process");
    }
}

async fn wait_for_signal() {
    let terminate = signal(SignalKind::terminate());
    let interrupt = signal(SignalKind::interrupt());
    let (Ok(mut terminate), Ok(mut interrupt)) = (terminate, interrupt) else {
        tracing::error!("handling signals failed; stop the process with SIGKILL");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
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
