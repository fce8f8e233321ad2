//! Clients that send or receive slowly, or not at all, over real sockets.

use std::{convert::Infallible, future::pending, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::StatusCode,
    routing::{get, post},
};
use futures::stream;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    time::{sleep, timeout},
};

use super::{
    connections::Connections,
    limits::{Limits, Timeouts},
    serve,
};
use crate::{cutoff::Cutoff, metrics::Metrics, network_rules::NetworkRules};

const QUICK: Timeouts = Timeouts { tick: Duration::from_millis(50), ..Timeouts::DEFAULT };

static LARGE: [u8; 4 << 20] = [b'x'; 4 << 20];

struct Server {
    address: SocketAddr,
    connections: Connections,
    metrics: Arc<Metrics>,
}

impl Server {
    async fn start(timeouts: Timeouts) -> Self {
        Self::start_with(Limits { max_connections: 100, max_connections_per_address: 100, timeouts }).await
    }

    async fn start_with(limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (address, metrics) = (listener.local_addr().expect("an address"), Arc::<Metrics>::default());
        let peer = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() };
        let endless = || async { Body::from_stream(stream::pending::<Result<Bytes, Infallible>>()) };
        let router = Router::new()
            .route("/", get(peer))
            .route("/body", post(|body: Bytes| async move { body.len().to_string() }))
            .route("/endless", get(endless))
            .route("/large", get(|| async { &LARGE[..] }))
            .route("/head", get(|| async { ([("location", "x".repeat(64 * 1024))], StatusCode::SEE_OTHER) }))
            .route("/page", get(|| async { vec![b'x'; 10_000] }));
        let connections = Connections::new(limits, NetworkRules::default(), metrics.clone());
        tokio::spawn(serve(listener, router, connections.clone(), pending()));
        Self { address, connections, metrics }
    }

    /// Opens a connection and sends this.
    async fn send(&self, bytes: impl AsRef<[u8]>) -> TcpStream {
        let mut client = TcpStream::connect(self.address).await.expect("a connection");
        client.write_all(bytes.as_ref()).await.expect("sent");
        client
    }

    async fn response(&self, bytes: impl AsRef<[u8]>) -> String {
        read_to_end(self.send(bytes).await).await
    }

    /// Waits until `count` connections have been cut off.
    async fn cut_off(&self, cutoff: Cutoff, count: u64) {
        let waiting = async {
            while self.metrics.cutoffs(cutoff) < count {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let is_cut_off = timeout(Duration::from_secs(10), waiting).await.is_ok();
        assert!(is_cut_off, "{} of {count} {cutoff:?}", self.metrics.cutoffs(cutoff));
        assert_eq!(self.metrics.cutoffs(cutoff), count);
    }
}

/// What arrives before the connection is closed.
async fn read_to_end(mut client: TcpStream) -> String {
    let mut received = Vec::new();
    // The server may reset a connection that it closes.
    let end = timeout(Duration::from_secs(10), client.read_to_end(&mut received)).await;
    assert!(end.is_ok(), "the connection is closed");
    String::from_utf8(received).expect("text")
}

fn get_request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n")
}

const LAST_REQUEST: &str = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

/// The beginning of an HTTP/2 connection whose client receives no data, and GET requests on it.
fn http2(paths: &[&str]) -> Vec<u8> {
    let frame = |kind: u8, flags: u8, stream: u8, payload: &[u8]| {
        let length = u8::try_from(payload.len()).expect("short");
        [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
    };
    let initial_window_size_0 = [0, 4, 0, 0, 0, 0];
    let mut bytes = [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(4, 0, 0, &initial_window_size_0)].concat();
    for (stream, path) in (1..).step_by(2).zip(paths) {
        let length = u8::try_from(path.len()).expect("short");
        // `:method: GET`, `:scheme: http`, `:authority: a`, `:path`.
        let head = [&[0x82, 0x86, 0x41, 1, b'a', 0x44, length], path.as_bytes()].concat();
        bytes.extend(frame(1, 5, stream, &head));
    }
    bytes
}

#[tokio::test]
async fn a_client_that_never_finishes_a_request_head_is_disconnected_while_others_are_served() {
    let server = Server::start(Timeouts { first_head: Duration::from_millis(300), ..QUICK }).await;
    let slow = server.send("GET / HT").await;

    let quick = server.send(LAST_REQUEST).await;
    let peer = quick.local_addr().expect("an address").to_string();
    let response = read_to_end(quick).await;
    assert!(response.starts_with("HTTP/1.1 200") && response.ends_with(&peer), "{response}");

    assert_eq!(read_to_end(slow).await, "");
    server.cut_off(Cutoff::SlowHead, 1).await;
}

#[tokio::test]
async fn an_unfinished_next_request_head_times_out() {
    let server = Server::start(Timeouts { next_head: Duration::from_millis(300), ..Timeouts::DEFAULT }).await;
    let response = server.response(get_request("/") + "GET / HT").await;
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
}

#[tokio::test]
async fn a_silent_client_and_half_an_http2_preface_time_out() {
    let server = Server::start(Timeouts { first_head: Duration::from_millis(300), ..QUICK }).await;
    for preface in ["", "PRI * HTTP/2.0"] {
        assert_eq!(server.response(preface).await, "", "{preface:?}");
    }
}

#[tokio::test]
async fn an_http2_connection_without_requests_times_out() {
    let limit = Duration::from_millis(300);
    let server = Server::start(Timeouts { first_head: limit, next_head: limit, stall: limit, ..QUICK }).await;
    // The second one has had a request, whose response has no body to wait for.
    for paths in [&[][..], &["/nothing"]] {
        let mut client = server.send(http2(paths)).await;
        let end = timeout(Duration::from_secs(10), client.read_to_end(&mut Vec::new())).await;
        assert!(end.is_ok(), "{paths:?}: the connection is closed");
    }
}

#[tokio::test]
async fn a_client_that_stops_reading_is_disconnected_and_a_slow_one_gets_everything() {
    let server = Server::start(Timeouts { stall: Duration::from_secs(1), ..QUICK }).await;
    let _unread = server.send(get_request("/large")).await;
    let mut slow = server.send(get_request("/large")).await;

    // Takes longer than a stalled client may.
    let mut received = 0;
    let mut buffer = vec![0; 64 * 1024];
    while received < LARGE.len() {
        let count = slow.read(&mut buffer).await.expect("more");
        assert!(count > 0, "closed after {received} bytes");
        received += count;
        sleep(Duration::from_millis(20)).await;
    }
    server.cut_off(Cutoff::Stalled, 1).await;
    assert_eq!(server.metrics.connections.get(), 1, "the slow client's");
}

#[tokio::test]
async fn an_http2_client_that_receives_nothing_is_disconnected() {
    let server = Server::start(Timeouts { stall: Duration::from_millis(300), ..QUICK }).await;
    for (count, path) in (1..).zip(["/", "/page", "/large"]) {
        let _unread = server.send(http2(&[path; 20])).await;
        server.cut_off(Cutoff::Stalled, count).await;
    }
}

#[tokio::test]
async fn heads_count_until_the_client_has_received_them() {
    let server = Server::start(QUICK).await;
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    let mut client = socket.connect(server.address).await.expect("a connection");
    client.write_all(&http2(&["/head"; 100])).await.expect("sent");

    let counted = async {
        while server.connections.held() < 1 << 20 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(10), counted).await.expect("unsent heads are counted");

    let received = async {
        let mut buffer = vec![0; 64 * 1024];
        while server.connections.held() > 0 {
            // The pings of the server are not answered, so it may also close the connection, but not that early.
            assert!(client.read(&mut buffer).await.expect("more") > 0, "the connection stays open");
        }
    };
    timeout(Duration::from_secs(10), received).await.expect("no more is counted");
    assert_eq!(server.metrics.connections.get(), 1);
}

#[tokio::test]
async fn a_response_that_waits_for_the_server_is_not_stalled() {
    let server = Server::start(Timeouts { stall: Duration::from_millis(200), ..QUICK }).await;
    let mut waiting = server.send(get_request("/endless")).await;
    sleep(Duration::from_secs(1)).await;

    let mut head = [0; 15];
    waiting.read_exact(&mut head).await.expect("a head");
    assert_eq!((server.metrics.connections.get(), server.metrics.cutoffs(Cutoff::Stalled)), (1, 0));
}

#[tokio::test]
async fn a_new_connection_takes_the_place_of_one_that_waits_for_its_client() {
    let limits = Limits { max_connections: 3, max_connections_per_address: 100, timeouts: QUICK };
    let server = Server::start_with(limits).await;
    let waiting: [Vec<u8>; 4] = [
        b"GET / HT".to_vec(),
        get_request("/").into_bytes(),
        get_request("/large").into_bytes(),
        b"POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n1".to_vec(),
    ];
    let mut clients = Vec::new();
    for bytes in waiting.iter().cycle().take(12) {
        clients.push(server.send(bytes).await);
        // Until it is known what the connection waits for.
        sleep(Duration::from_millis(50)).await;
    }
    server.cut_off(Cutoff::Evicted, 9).await;

    let response = server.response(LAST_REQUEST).await;
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    assert_eq!(server.metrics.cutoffs(Cutoff::ConnectionLimit), 0);
}

#[tokio::test]
async fn a_connection_in_use_keeps_its_place() {
    let limits = Limits { max_connections: 3, max_connections_per_address: 100, timeouts: QUICK };
    let server = Server::start_with(limits).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = server.send(get_request("/endless")).await;
        client.read_exact(&mut [0; 15]).await.expect("a head");
        clients.push(client);
    }
    let refused = TcpStream::connect(server.address).await.expect("a connection");
    assert_eq!(read_to_end(refused).await, "");
    server.cut_off(Cutoff::ConnectionLimit, 1).await;

    drop(clients.pop());
    while server.metrics.connections.get() > 2 {
        sleep(Duration::from_millis(10)).await;
    }
    assert!(server.response(LAST_REQUEST).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn large_heads_are_refused() {
    let server = Server::start(QUICK).await;
    let head = |length: usize| LAST_REQUEST.replace("host: a", &format!("host: a\r\ncookie: {}", "x".repeat(length)));
    assert!(server.response(head(15_000)).await.starts_with("HTTP/1.1 200"));
    assert!(server.response(head(17_000)).await.starts_with("HTTP/1.1 431"));
    let many = LAST_REQUEST.replace("host: a", &format!("host: a\r\n{}a: b", "a: b\r\n".repeat(101)));
    assert!(server.response(many).await.starts_with("HTTP/1.1 431"));
}
