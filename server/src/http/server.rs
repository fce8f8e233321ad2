//! The accept loop: like `axum::serve`, but with timeouts for request heads. Without them, a client that never finishes
//! one would hold a file descriptor forever.

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

#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For the head of the first request on a connection.
    pub first_head: Duration,
    /// For the head of the next request on the connection, idle time included.
    pub next_head: Duration,
    /// Interval of HTTP/2 pings, and the timeout for their acknowledgment.
    pub ping: Duration,
}

impl Timeouts {
    /// `next_head` exceeds the 60 seconds for which common proxies keep an idle connection. So the proxy closes it first,
    /// and sends no request into a connection that is being closed here.
    pub const DEFAULT: Self =
        Self { first_head: Duration::from_secs(20), next_head: Duration::from_secs(75), ping: Duration::from_secs(30) };
}

/// Serves until `stop`, then finishes the running requests.
pub async fn serve(listener: TcpListener, router: Router, timeouts: Timeouts, stop: impl Future<Output = ()>) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(timeouts.next_head);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(timeouts.ping).keep_alive_timeout(timeouts.ping);
    let connections = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = &mut stop => break,
        };
        let (router, has_request) = (router.clone(), Arc::new(AtomicBool::new(false)));
        let set_has_request = has_request.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            set_has_request.store(true, Ordering::Relaxed);
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request)
        });
        let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)).into_owned();
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            tokio::select! {
                _ = connection => {}
                () = first_head_timeout(timeouts.first_head, &has_request) => {}
            }
        });
    }
    // New connections are refused at once instead of waiting in the backlog.
    drop(listener);
    connections.shutdown().await;
}

/// Completes if there is no request by then. Hyper's own timeout is the same for all heads, and starts only when the
/// HTTP version is known.
async fn first_head_timeout(timeout: Duration, has_request: &AtomicBool) {
    sleep(timeout).await;
    if has_request.load(Ordering::Relaxed) {
        pending::<()>().await;
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_connection_error(&error) => {}
            Err(error) => {
                // Most likely too many open files: some may be closed soon.
                tracing::error!(%error, "accepting connections failed; retrying in a second");
                sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Whether the error concerns this connection only.
fn is_connection_error(error: &io::Error) -> bool {
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

    use super::{Timeouts, serve};

    /// Serves the client's own address.
    async fn start(timeouts: Timeouts) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let peer = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() };
        tokio::spawn(serve(listener, Router::new().route("/", get(peer)), timeouts, pending()));
        address
    }

    #[tokio::test]
    async fn a_client_that_never_finishes_a_request_head_is_disconnected_while_others_are_served() {
        let address = start(Timeouts { first_head: Duration::from_millis(300), ..Timeouts::DEFAULT }).await;
        let mut slow = TcpStream::connect(address).await.expect("a connection");
        slow.write_all(b"GET / HT").await.expect("sent");

        let mut quick = TcpStream::connect(address).await.expect("a connection");
        let peer = quick.local_addr().expect("an address").to_string();
        quick.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.expect("sent");
        let mut response = String::new();
        quick.read_to_string(&mut response).await.expect("a response");
        assert!(response.starts_with("HTTP/1.1 200") && response.ends_with(&peer), "{response}");

        let mut rest = Vec::new();
        let end = timeout(Duration::from_secs(10), slow.read_to_end(&mut rest)).await;
        assert!(end.is_ok(), "the connection is closed");
    }

    #[tokio::test]
    async fn an_unfinished_next_request_head_times_out() {
        let address = start(Timeouts { next_head: Duration::from_millis(300), ..Timeouts::DEFAULT }).await;
        let mut slow = TcpStream::connect(address).await.expect("a connection");
        slow.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\nGET / HT").await.expect("sent");

        let mut response = Vec::new();
        let end = timeout(Duration::from_secs(10), slow.read_to_end(&mut response)).await;
        assert!(end.is_ok() && response.starts_with(b"HTTP/1.1 200"), "the connection is closed");
    }

    #[tokio::test]
    async fn a_silent_client_and_half_an_http2_preface_time_out() {
        let address = start(Timeouts { first_head: Duration::from_millis(300), ..Timeouts::DEFAULT }).await;
        for preface in ["", "PRI * HTTP/2.0"] {
            let mut silent = TcpStream::connect(address).await.expect("a connection");
            silent.write_all(preface.as_bytes()).await.expect("sent");

            let mut rest = Vec::new();
            let end = timeout(Duration::from_secs(10), silent.read_to_end(&mut rest)).await;
            assert!(end.is_ok(), "{preface:?}: the connection is closed");
        }
    }
}
