//! Takes connections and serves requests on them, as `axum::serve` does, but with a bound on how long a client may take to
//! say what it wants: otherwise each that begins a request and stops would hold a descriptor for ever (F7).

use std::{
    future::pending,
    io,
    net::SocketAddr,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tower::{ServiceExt, service_fn};

/// How long clients may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For the head of the first request on a connection.
    pub first_head: Duration,
    /// For the next one to begin, and its head to be there.
    pub next_head: Duration,
    /// Between two questions whether an HTTP/2 client is still there, and for its answer.
    pub alive: Duration,
}

impl Limits {
    /// The next head may take longer than the 60 seconds for which common proxies keep an idle connection: they close it
    /// first, and send no request into one that is just being closed here.
    pub const USUAL: Self = Self {
        first_head: Duration::from_secs(20),
        next_head: Duration::from_secs(75),
        alive: Duration::from_secs(30),
    };
}

/// Serves until `stop`, and then until the last request is answered.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: impl Future<Output = ()>) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.next_head);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(limits.alive).keep_alive_timeout(limits.alive);
    let connections = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = &mut stop => break,
        };
        let (router, begun) = (router.clone(), Arc::new(AtomicBool::new(false)));
        let has_begun = begun.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            begun.store(true, Ordering::Relaxed);
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request)
        });
        let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)).into_owned();
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            tokio::select! {
                _ = connection => {}
                () = silence(limits.first_head, &has_begun) => {}
            }
        });
    }
    // Whoever connects from now on is refused at once instead of waiting for nobody.
    drop(listener);
    connections.shutdown().await;
}

/// Ends when no request has begun in this time. The builder's own clock does not tell the first head from the next ones,
/// and starts only once it knows which HTTP is spoken.
async fn silence(longest: Duration, has_begun: &AtomicBool) {
    sleep(longest).await;
    if has_begun.load(Ordering::Relaxed) {
        pending::<()>().await;
    }
}

/// The next connection, however long that takes.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                // Most likely too many descriptors are open: some may be closed soon.
                tracing::error!(%error, "no connection can be taken");
                sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests {
    use std::{future::pending, net::SocketAddr, time::Duration};

    use axum::{Router, extract::ConnectInfo, routing::get};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
        time::timeout,
    };

    use super::{Limits, serve};

    /// Serves `limits` to whoever connects to this address, and says who that is.
    async fn start(limits: Limits) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let who = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() };
        tokio::spawn(serve(listener, Router::new().route("/", get(who)), limits, pending()));
        address
    }

    #[tokio::test]
    async fn f7_a_client_that_never_finishes_its_head_is_cut_off_while_others_are_served() {
        let address = start(Limits { first_head: Duration::from_millis(300), ..Limits::USUAL }).await;
        let mut slow = TcpStream::connect(address).await.expect("a connection");
        slow.write_all(b"GET / HT").await.expect("sent");

        let mut quick = TcpStream::connect(address).await.expect("a connection");
        let peer = quick.local_addr().expect("an address").to_string();
        quick.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.expect("sent");
        let mut answer = String::new();
        quick.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with(&peer), "{answer}");

        let mut rest = Vec::new();
        let end = timeout(Duration::from_secs(10), slow.read_to_end(&mut rest)).await;
        assert!(end.is_ok(), "the connection is closed");
    }

    #[tokio::test]
    async fn f7_the_next_head_on_a_connection_has_to_come_in_time_as_well() {
        let address = start(Limits { next_head: Duration::from_millis(300), ..Limits::USUAL }).await;
        let mut slow = TcpStream::connect(address).await.expect("a connection");
        slow.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\nGET / HT").await.expect("sent");

        let mut answer = Vec::new();
        let end = timeout(Duration::from_secs(10), slow.read_to_end(&mut answer)).await;
        assert!(end.is_ok() && answer.starts_with(b"HTTP/1.1 200"), "the connection is closed");
    }

    #[tokio::test]
    async fn f7_silence_and_half_a_greeting_are_cut_off_too() {
        let address = start(Limits { first_head: Duration::from_millis(300), ..Limits::USUAL }).await;
        for begin in ["", "PRI * HTTP/2.0"] {
            let mut silent = TcpStream::connect(address).await.expect("a connection");
            silent.write_all(begin.as_bytes()).await.expect("sent");

            let mut rest = Vec::new();
            let end = timeout(Duration::from_secs(10), silent.read_to_end(&mut rest)).await;
            assert!(end.is_ok(), "{begin:?}: the connection is closed");
        }
    }
}
