//! `metrics_listen`: metrics on an address of their own.

use std::net::TcpListener;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Database, ServerProcess, run_cli_with};

fn unused_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// The raw response to a GET request.
async fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nhost: metrics\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut response = String::new();
    stream.read_to_string(&mut response).await.expect("a response");
    response
}

#[tokio::test]
async fn metrics_are_served_there_and_not_on_listen() {
    let (database, address) = (Database::sqlite(), unused_address());
    let server = ServerProcess::start_with(&database, &[("DOORWARD_METRICS_LISTEN", &address)]).await;
    assert!(server.get("/metrics").await.starts_with("HTTP/1.1 404"));
    assert!(server.get("/healthz").await.starts_with("HTTP/1.1 200"));

    let text = get(&address, "/metrics").await;
    assert!(text.starts_with("HTTP/1.1 200") && text.contains("\ndoorward_ready 1\n"), "{text}");
    // Those of both listeners.
    assert!(text.contains("\ndoorward_connections 1\n"), "{text}");
    for path in ["/", "/healthz", "/api/me", "/login"] {
        assert!(get(&address, path).await.starts_with("HTTP/1.1 404"), "{path}");
    }
}

#[tokio::test]
async fn clients_that_send_nothing_there_leave_room_for_the_next() {
    let (database, address) = (Database::sqlite(), unused_address());
    let _server = ServerProcess::start_with(&database, &[("DOORWARD_METRICS_LISTEN", &address)]).await;
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(TcpStream::connect(&address).await.expect("a connection"));
    }
    let text = get(&address, "/metrics").await;
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    assert!(text.contains("doorward_connections 16\n"), "{text}");
}

#[tokio::test]
async fn an_address_that_cannot_be_used_stops_the_start() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = listener.local_addr().expect("an address").to_string();
    for command in ["serve", "config check"] {
        let settings = [("DOORWARD_METRICS_LISTEN", taken.as_str())];
        let output = run_cli_with(&Database::sqlite(), &settings, command, b"").await;
        assert_eq!(output.status, 1, "{output:?}");
        assert!(output.stderr.contains(&format!("metrics_listen: {taken}: ")), "{output:?}");
    }
    drop(listener);
    let same = [("DOORWARD_LISTEN", "127.0.0.1:3999"), ("DOORWARD_METRICS_LISTEN", "127.0.0.1:3999")];
    run_cli_with(&Database::sqlite(), &same, "config check", b"").await.assert_failure(1, "is the address of `listen`");
}

#[tokio::test]
async fn an_address_that_other_networks_reach_is_warned_of() {
    for (address, is_warned) in [
        ("127.0.0.1:0", false),
        ("[::1]:0", false),
        ("10.1.2.3:9100", false),
        ("[fd00::1]:9100", false),
        ("0.0.0.0:0", true),
        ("[::]:0", true),
        ("203.0.113.9:9100", true),
    ] {
        let settings = [("DOORWARD_METRICS_LISTEN", address)];
        let output = run_cli_with(&Database::sqlite(), &settings, "config check", b"").await;
        assert_eq!(output.stdout.contains("warning: metrics_listen: "), is_warned, "{address}: {output:?}");
    }
}
