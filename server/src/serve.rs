//! `doorward serve`: opens everything, listens, and stops in order.

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
    http::{
        self,
        server::{self, Limits},
    },
    keys::bootstrap,
    state::AppState,
};

/// After a signal to stop, what is running has this long to finish.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until a signal to stop. An error is one line for the operator.
pub async fn serve(config: Config) -> Result<(), String> {
    warn_of_weak_hashing(&config);
    survive_file_size_limit();
    let listener =
        TcpListener::bind(config.listen).await.map_err(|error| format!("listen: {}: {error}", config.listen))?;
    let address = listener.local_addr().map_err(|error| format!("listen: {error}"))?;
    let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));

    let app = AppState::open(config, public_url.clone(), Clock::system()).await?;
    let served = run(&app, listener, &public_url, address).await;
    if let Err(error) = background::flush(&app).await {
        tracing::warn!(%error, "last-used times of the last second were not written");
    }
    if let Err(error) = app.store.close().await {
        tracing::warn!(%error, "the database was not closed in order; keep its -wal file beside it");
    }
    served
}

/// Serves until a signal to stop, or until the server cannot go on.
async fn run(app: &AppState, listener: TcpListener, public_url: &str, address: SocketAddr) -> Result<(), String> {
    let mut background = JoinSet::new();
    background.spawn(background::run(app.clone()));
    println!("Doorward is ready: {public_url} (listening on {address}, data in {})", app.config.data_dir.display());

    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let subscribers = app.subscribers.clone();
    let served = app.clone();
    let stopping = async move {
        tokio::select! {
            () = wait_for_signal() => tracing::info!("stopping"),
            () = served.key_ring.secret_superseded() => tracing::error!("{}; stopping", bootstrap::SECRET_SUPERSEDED),
        }
        subscribers.close();
        served.revocations.feed().close();
        drop(stop);
    };
    tokio::select! {
        () = server::serve(listener, http::router(app.clone()), Limits::USUAL, stopping) => {}
        () = async { drop(stopped.await); tokio::time::sleep(GRACE).await } => {
            tracing::warn!("some requests did not finish in time");
        }
        why = end_of(&mut background) => {
            // Without its jobs it would refuse everybody, or follow no other node: better a new process.
            tracing::error!("{why}; stopping");
            return Err(why);
        }
    }
    background.shutdown().await;
    if app.key_ring.is_secret_superseded() {
        return Err(bootstrap::SECRET_SUPERSEDED.into());
    }
    Ok(())
}

/// Why the background jobs have ended, which are meant to run for ever.
async fn end_of(background: &mut JoinSet<()>) -> String {
    match background.join_next().await {
        Some(Err(failed)) => format!("a background job has failed: {failed}"),
        Some(Ok(())) | None => "the background jobs have ended".into(),
    }
}

/// OWASP's password storage cheat sheet: at least 46 MiB once, 19 MiB twice or 12 MiB three times.
fn warn_of_weak_hashing(config: &Config) {
    let (memory, iterations) = (config.argon2_memory_kib, config.argon2_iterations);
    let enough = [(47_104, 1), (19_456, 2), (12_288, 3)];
    if !enough.iter().any(|(least, passes)| memory >= *least && iterations >= *passes) {
        tracing::warn!("argon2_memory_kib = {memory} with argon2_iterations = {iterations} is below OWASP's minimum");
    }
}

/// A file that reaches a limit on its size is a write that fails, not the end of the process.
fn survive_file_size_limit() {
    if let Err(error) = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw())) {
        tracing::warn!(%error, "a limit on the size of files would end the process");
    }
}

async fn wait_for_signal() {
    let terminate = signal(SignalKind::terminate());
    let interrupt = signal(SignalKind::interrupt());
    let (Ok(mut terminate), Ok(mut interrupt)) = (terminate, interrupt) else {
        tracing::error!("signals cannot be received; stop the process by killing it");
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

    use super::end_of;

    #[tokio::test]
    async fn f10_a_job_that_panics_ends_the_server_with_a_reason() {
        let mut background = JoinSet::new();
        background.spawn(async { std::future::pending().await });
        background.spawn(async { panic!("no such row") });

        let why = end_of(&mut background).await;

        assert!(why.starts_with("a background job has failed") && why.contains("no such row"), "{why}");
    }
}
