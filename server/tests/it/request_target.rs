//! Target and head of a request, as HTTP demands them. Over a real connection, where the router alone would not see them.

use doorward_api::ErrorCode;
use test_macros::app_test;

use crate::support::{Database, PolicyName, Request, ServerProcess, TestApp};

#[app_test]
async fn a_request_has_exactly_one_host(app: TestApp) {
    let refused = async |request: Request| {
        // That of a page is a document.
        let is_page = request.path == "/login";
        let response = request.await.assert_status(400);
        assert!(is_page || response.problem().code == ErrorCode::MalformedRequest, "{response:?}");
    };
    for path in ["/api/me", "/api/auth/login", "/healthz", "/.well-known/jwks.json", "/login"] {
        refused(app.get(path).without_header("host")).await;
        refused(app.get(path).header("host", "doorward.test")).await;
        for host in ["", "a b", "a, b", "a/b", "user@a", "\u{ff}"] {
            refused(app.get(path).without_header("host").header("host", host)).await;
        }
    }
    for host in ["doorward.test", "DOORWARD.test:443", "[::1]:3000", "10.0.0.1", "another.example"] {
        app.get("/healthz").without_header("host").header("host", host).await.assert_ok();
    }
}

#[app_test]
async fn a_target_over_8_kib_is_too_long(app: TestApp) {
    for path in ["/login", "/api/me", "/.well-known/revocations", "/nothing"] {
        let response = app.get(&format!("{path}?{}", "x".repeat(8 * 1024))).await.assert_status(414);
        let is_page = matches!(path, "/login" | "/nothing");
        assert!(is_page || response.problem().code == ErrorCode::TooLarge, "{path}");
    }
    app.get(&format!("/login?{}", "x".repeat(8000))).await.assert_ok();
}

#[tokio::test]
async fn a_real_connection_gets_the_same_answers() {
    let server = ServerProcess::start(&Database::sqlite(), PolicyName::Retention).await;
    for (request, status) in [
        ("GET /healthz HTTP/1.1\r\nhost: a\r\n", "200"),
        ("GET /healthz HTTP/1.0\r\n", "200"),
        ("GET /healthz HTTP/1.1\r\n", "400"),
        ("GET /healthz HTTP/1.1\r\nhost: a\r\nhost: a\r\n", "400"),
        ("GET /healthz HTTP/1.1\r\nhost: a\r\nhost: b\r\n", "400"),
        ("GET /healthz HTTP/1.0\r\nhost: a\r\nhost: b\r\n", "400"),
        // The host of an absolute target counts, and the header must be there nevertheless.
        ("GET http://evil.example/healthz HTTP/1.1\r\nhost: a\r\n", "200"),
        ("GET http://evil.example/healthz HTTP/1.1\r\n", "400"),
        ("GET http://user@evil.example/healthz HTTP/1.1\r\nhost: a\r\n", "400"),
        ("GET http://user:secret@a/healthz HTTP/1.1\r\nhost: a\r\n", "400"),
        ("OPTIONS * HTTP/1.1\r\nhost: a\r\n", "404"),
        ("GET * HTTP/1.1\r\nhost: a\r\n", "400"),
        ("CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n", "400"),
        ("GET healthz HTTP/1.1\r\nhost: a\r\n", "400"),
        ("POST /api/auth/login HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ncontent-length: 3\r\n", "400"),
        ("POST /api/auth/login HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n", "400"),
    ] {
        let response = server.exchange(&format!("{request}connection: close\r\n\r\n")).await;
        assert_eq!(response.get(9..12), Some(status), "{request}: {response}");
    }
}

#[tokio::test]
async fn an_absolute_target_does_not_get_into_a_page() {
    let server = ServerProcess::start(&Database::sqlite(), PolicyName::Retention).await;
    for path in ["/", "/login", "/login?next=/account", "/people", "/nothing"] {
        let request =
            format!("GET http://evil.example{path} HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n");
        let response = server.exchange(&request).await;
        assert!(response.starts_with("HTTP/1.1 ") && !response.contains("evil.example"), "{response}");
    }
}

#[tokio::test]
async fn a_head_request_gets_the_length_and_no_body() {
    let server = ServerProcess::start(&Database::sqlite(), PolicyName::Retention).await;
    for path in ["/", "/healthz", "/.well-known/jwks.json", "/api/openapi.json", "/api/me", "/nothing"] {
        let length = |response: &str| {
            let lines = response.lines().find_map(|line| line.strip_prefix("content-length: "));
            lines.unwrap_or_else(|| panic!("{path}: {response}")).to_owned()
        };
        let exchange = async |method| {
            server.exchange(&format!("{method} {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")).await
        };
        let (head, get) = (exchange("HEAD").await, exchange("GET").await);
        assert!(head.ends_with("\r\n\r\n"), "{path}: {head}");
        assert_eq!(head.get(..12), get.get(..12), "{path}");
        assert_eq!(length(&head), length(&get), "{path}");
    }
}

#[tokio::test]
async fn the_host_of_an_absolute_target_counts() {
    let database = Database::sqlite();
    let server = ServerProcess::start_with(&database, &[("DOORWARD_PUBLIC_URL", "http://localhost:3000")]).await;
    for (target, host, status) in [
        ("/login", "127.0.0.1:3000", "307"),
        ("/login", "localhost:3000", "200"),
        ("http://127.0.0.1:3000/login", "localhost:3000", "307"),
        ("http://localhost:3000/login", "127.0.0.1:3000", "200"),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        let response = server.exchange(&request).await;
        assert_eq!(response.get(9..12), Some(status), "{target} {host}: {response}");
    }
}

#[app_test(sqlite)]
async fn a_redirect_is_no_longer_than_a_page_needs(app: TestApp) {
    app.get("/login/?next=%2Fsessions").await.assert_status(308);
    // Each of these characters would become three.
    app.get(&format!("/login/?x={}", "\u{e9}".repeat(3900))).await.assert_status(414);
}

#[app_test(sqlite)]
async fn a_compressed_body_is_not_taken_for_what_it_is_not(app: TestApp) {
    for (path, kind) in [("/api/auth/login", "application/json"), ("/login", "application/x-www-form-urlencoded")] {
        for coding in ["gzip", "br", "identity, gzip"] {
            let request = app.post(path).header("content-type", kind).header("content-encoding", coding);
            request.body("{}").await.assert_status(415);
        }
    }
    let form = serde_json::json!({"email": "ada@example.com", "password": "x"});
    let request = app.post("/api/auth/login").header("content-encoding", "Identity").json(&form);
    request.await.assert_refused(ErrorCode::InvalidCredentials);
}
