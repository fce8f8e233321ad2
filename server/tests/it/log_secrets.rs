//! The log at its most verbose, of the server and all of its libraries, has no password, token, cookie or key.

use std::fs::{self, File};

use axum::http::{Request, header::HOST};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use doorward_api::PolicyName;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use test_macros::app_test;
use url::form_urlencoded;

use crate::support::{Database, MASTER_SECRET, Secrets, ServerProcess, TestApp, run_cli, run_cli_with};

const PASSWORDS: [&str; 8] = [
    "the one of the registration: ä \" & =",
    "the one of the command line",
    "a wrong one of the api",
    "a wrong one of a page",
    "the one of a form of a page",
    "the one after the change",
    "one in a body that is not json",
    "one in a member of another name",
];

/// Of a JSON type that a password does not have.
const NUMBER: &str = "271828182845904523";

/// A token in the query of a page.
const UNKNOWN_TICKET: &str = "5e0c19b2d47f3a8690b1c2d3e4f5061728394a5b6c7d8e9f00112233445566aa";

/// A server at `trace` whose log is a file, and what was sent to it and received from it.
struct Walk {
    server: ServerProcess,
    secrets: Secrets,
}

impl Walk {
    async fn send(&mut self, method: &str, path: &str, headers: &str, body: &Value) -> (u16, String, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send_text(method, path, headers, &body).await
    }

    async fn send_text(&mut self, method: &str, path: &str, headers: &str, body: &str) -> (u16, String, Value) {
        let (status, head, body) = self.server.send(method, path, headers, body).await.expect("a JSON response");
        let headers = self.secrets.collect(&head, &body);
        (status, headers, body)
    }

    async fn submit(&mut self, path: &str, fields: &[(&str, &str)], headers: &str) {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let length = body.len();
        let response = self
            .server
            .exchange(&format!(
                "POST {path} HTTP/1.1\r\nhost: doorward\r\nsec-fetch-site: same-origin\r\nconnection: close\r\n\
                 content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
            ))
            .await;
        self.secrets.collect(&response, &Value::Null);
    }

    /// The same over HTTP/2, which has its own way to send headers.
    async fn log_in_over_http2(&mut self, email: &str, password: &str) {
        let (mut client, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(self.server.connect().await))
                .await
                .expect("HTTP/2");
        tokio::spawn(connection);
        let body = json!({"email": email, "password": password}).to_string();
        let login = Request::post("http://doorward/api/auth/login")
            .header(HOST, "doorward")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))
            .expect("a request");
        let response = client.send_request(login).await.expect("a response");
        assert_eq!(response.status(), 200);
        let cookies = response.headers().get_all("set-cookie").iter();
        let lines = cookies.map(|cookie| format!("set-cookie: {}", cookie.to_str().expect("text")));
        let head = lines.collect::<Vec<_>>().join("\r\n");
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        let headers = self.secrets.collect(&head, &serde_json::from_slice(&body).expect("JSON"));
        self.secrets.add(UNKNOWN_TICKET);
        let reset = format!("/reset?token={UNKNOWN_TICKET}");
        for path in ["/api/me", "/api/account", "/api/sessions", "/account", &reset] {
            let mut request = Request::get(format!("http://doorward{path}"));
            for line in headers.lines() {
                let (name, value) = line.split_once(": ").expect("a header");
                request = request.header(name, value);
            }
            let request = request.body(Full::new(Bytes::new())).expect("a request");
            client.send_request(request).await.expect("a response");
        }
    }
}

#[app_test(each_policy)]
async fn the_log_at_trace_has_no_secret(app: TestApp) {
    for format in ["text", "json"] {
        let database = if app.database().url.starts_with("sqlite:") {
            Database::sqlite()
        } else {
            Database::dedicated_postgres().await
        };
        walk(&database, app.policy(), format).await;
    }
}

async fn walk(database: &Database, policy: PolicyName, format: &str) {
    let path = database.folder.path().join("log");
    let settings = [
        ("DOORWARD_LOG", "trace"),
        ("DOORWARD_LOG_FORMAT", format),
        ("DOORWARD_POLICY", policy.name()),
        ("DOORWARD_LOGIN_ATTEMPTS", "off"),
    ];
    let server = ServerProcess::start_with_log(database, &settings, File::create(&path).expect("a file")).await;
    let mut walk = Walk { server, secrets: Secrets::default() };
    for secret in PASSWORDS.iter().chain(&[NUMBER, MASTER_SECRET]) {
        walk.secrets.add(secret);
    }

    log_in_and_out(&mut walk, database).await;
    use_sessions(&mut walk).await;
    send_nonsense(&mut walk).await;
    administer(&mut walk, database).await;
    reset_password(&mut walk, database).await;

    // What the database has of them.
    for query in ["select password_hash from users", "select token_hash from sessions", "select private_key from keys"]
    {
        for row in database.rows(query).await {
            walk.secrets.add(&row[0]);
        }
    }
    let Walk { mut server, secrets } = walk;
    assert!(server.get("/metrics").await.contains("\ndoorward_log_lines_dropped_total 0\n"), "a complete log");
    server.signal("-TERM").await;
    server.exit_status().await;
    let log = fs::read_to_string(path).expect("the log");
    for expected in ["sqlx", "h2::", "server::http", "doorward::audit"] {
        assert!(log.contains(expected), "nothing of {expected} in the log");
    }
    assert!(secrets.0.len() > 20, "{} secrets", secrets.0.len());
    let found = secrets.found_in(&log);
    assert!(found.is_empty(), "{found:#?}\n{}", lines_with(&log, &secrets));
}

/// The first lines that have a secret, to see where they come from.
fn lines_with(log: &str, secrets: &Secrets) -> String {
    let lines = log.lines().filter(|line| !secrets.found_in(line).is_empty());
    lines.take(5).collect::<Vec<_>>().join("\n")
}

async fn log_in_and_out(walk: &mut Walk, database: &Database) {
    let added = format!("{}\n", PASSWORDS[1]);
    run_cli(database, "user add bob@example.com --name Bob --role admin", &added).await.assert_success();
    let ada = json!({"email": "ada@example.com", "password": PASSWORDS[0], "name": "Ada"});
    let (status, ..) = walk.send("POST", "/api/auth/register", "", &ada).await;
    assert_eq!(status, 201);
    let ada = json!({"email": "ada@example.com", "password": PASSWORDS[0]});
    let (status, headers, _) = walk.send("POST", "/api/auth/login", "", &ada).await;
    assert_eq!(status, 200);
    for (password, expected) in [(json!(PASSWORDS[2]), 401), (json!(NUMBER.parse::<u64>().unwrap_or(0)), 400)] {
        let form = json!({"email": "ada@example.com", "password": password});
        assert_eq!(walk.send("POST", "/api/auth/login", "", &form).await.0, expected);
    }
    let unknown = json!({"email": "ada@example.com", "password": PASSWORDS[0], "pass": PASSWORDS[7]});
    assert_eq!(walk.send("POST", "/api/auth/login", "", &unknown).await.0, 422);
    let broken = format!(r#"{{"email": "ada@example.com", "password": "{}""#, PASSWORDS[6]);
    assert_eq!(walk.send_text("POST", "/api/auth/login", "", &broken).await.0, 400);
    let short = json!({"email": "carol@example.com", "password": "secret12345", "name": "Carol"});
    walk.secrets.add("secret12345x");
    assert_eq!(walk.send("POST", "/api/auth/register", "", &short).await.0, 422);

    walk.submit("/login", &[("email", "ada@example.com"), ("password", PASSWORDS[3])], "").await;
    walk.submit("/login", &[("email", "ada@example.com"), ("password", PASSWORDS[0])], &headers).await;
    let form = [("email", "dora@example.com"), ("password", PASSWORDS[4]), ("name", "Dora")];
    walk.submit("/register", &form, "").await;
    walk.log_in_over_http2("ada@example.com", PASSWORDS[0]).await;
    let (_, headers, _) = walk.send("POST", "/api/auth/login", "", &ada).await;
    assert!(walk.send("POST", "/api/auth/logout", &headers, &Value::Null).await.0 == 204);
    walk.submit("/logout", &[], &headers).await;
}

async fn use_sessions(walk: &mut Walk) {
    let ada = json!({"email": "ada@example.com", "password": PASSWORDS[0]});
    let (_, headers, other) = walk.send("POST", "/api/auth/login", "", &ada).await;
    let other = other["session"]["id"].as_str().expect("a session").to_owned();
    walk.send("POST", "/api/auth/refresh", &headers, &Value::Null).await;
    let (_, headers, grant) = walk.send("POST", "/api/auth/login", "", &ada).await;
    if let Some(token) = grant["refresh_token"].as_str() {
        walk.send("POST", "/api/auth/refresh", "", &json!({"refresh_token": token})).await;
        walk.send("POST", "/api/auth/refresh", "", &json!({"refresh_token": token.replace('.', "x.")})).await;
    }
    for path in ["/api/me", "/api/account", "/api/sessions", "/api/activity"] {
        assert_eq!(walk.send("GET", path, &headers, &Value::Null).await.0, 200, "{path}");
    }
    for path in ["/account", "/sessions", "/activity", "/login?next=/account"] {
        let mut stream = walk.server.open("GET", path, &headers, "").await.expect("a connection");
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await.expect("a response");
    }
    drop(walk.server.open("GET", "/api/sessions/events", &headers, "").await.expect("a stream"));
    walk.send("PATCH", &format!("/api/sessions/{other}"), &headers, &json!({"label": "phone"})).await;
    walk.send("DELETE", &format!("/api/sessions/{other}"), &headers, &Value::Null).await;
    for (password, status) in [(PASSWORDS[2], 401), (PASSWORDS[0], 200)] {
        let form = json!({"password": password});
        assert_eq!(walk.send("POST", "/api/auth/confirm", &headers, &form).await.0, status);
    }
    let form = json!({"current_password": PASSWORDS[2], "new_password": PASSWORDS[5]});
    assert_eq!(walk.send("POST", "/api/account/password", &headers, &form).await.0, 401);
    let form = json!({"current_password": PASSWORDS[0], "new_password": PASSWORDS[5]});
    assert!(walk.send("POST", "/api/account/password", &headers, &form).await.0 < 300);
    // The access token of the session that the change has ended.
    walk.send("GET", "/api/me", &headers, &Value::Null).await;
    walk.send("POST", "/api/auth/refresh", &headers, &Value::Null).await;
}

/// Forged and misplaced credentials.
async fn send_nonsense(walk: &mut Walk) {
    let ada = json!({"email": "ada@example.com", "password": PASSWORDS[5]});
    let (_, _, grant) = walk.send("POST", "/api/auth/login", "", &ada).await;
    let basic = STANDARD_NO_PAD.encode(format!("ada:{}", PASSWORDS[5]));
    walk.secrets.add(&basic);
    let mut forged = vec!["forged-cookie-forged-cookie".to_owned(), "x".repeat(5000)];
    if let Some(token) = grant["access_token"].as_str() {
        forged.push(format!("{}{}", &token[..token.len() - 8], "AAAAAAAA"));
        forged.push(token.replace('.', ":"));
        forged.push(format!("{token}.{token}"));
        // A query is not a place for a token.
        walk.send("GET", &format!("/api/me?access_token={token}"), "", &Value::Null).await;
    }
    for token in forged {
        walk.secrets.add(&token);
        for name in ["__Host-Http-refresh", "__Host-Http-session", "__Host-Http-device"] {
            let cookie = format!("cookie: {name}={token}\r\n");
            walk.send("POST", "/api/auth/refresh", &cookie, &Value::Null).await;
            walk.send("GET", "/api/me", &cookie, &Value::Null).await;
            walk.send("POST", "/api/auth/login", &cookie, &ada).await;
            let twice = format!("cookie: {name}={token}; {name}={token}\r\n");
            walk.send("POST", "/api/auth/refresh", &twice, &Value::Null).await;
        }
        walk.send("GET", "/api/me", &format!("authorization: Bearer {token}\r\n"), &Value::Null).await;
        walk.send("GET", "/api/me", &format!("authorization: bearer  {token} \r\n"), &Value::Null).await;
    }
    walk.send("GET", "/api/me", &format!("authorization: Basic {basic}\r\n"), &Value::Null).await;
    walk.send("POST", "/api/auth/login", "sec-fetch-site: cross-site\r\n", &ada).await;
}

async fn administer(walk: &mut Walk, database: &Database) {
    let bob = json!({"email": "bob@example.com", "password": PASSWORDS[1]});
    let (_, headers, _) = walk.send("POST", "/api/auth/login", "", &bob).await;
    let (_, _, users) = walk.send("GET", "/api/admin/users", &headers, &Value::Null).await;
    for user in users["users"].as_array().into_iter().flatten() {
        let id = user["id"].as_str().expect("an id");
        for action in ["disable", "enable"] {
            walk.send("POST", &format!("/api/admin/users/{id}/{action}"), &headers, &Value::Null).await;
        }
    }
    let secret = [("DOORWARD_SECRET", MASTER_SECRET)];
    for command in ["keys rotate --yes", "user role ada@example.com --add editor", "keys reset --yes"] {
        run_cli_with(database, &secret, command, b"").await.assert_success();
    }
    walk.send("GET", "/api/me", &headers, &Value::Null).await;
    walk.send("POST", "/api/auth/login", "", &bob).await;
}

/// A link to set a new password: its token is in the query of a page and in the body of its form.
async fn reset_password(walk: &mut Walk, database: &Database) {
    let secret = [("DOORWARD_SECRET", MASTER_SECRET)];
    let printed =
        run_cli_with(database, &secret, "user reset-password ada@example.com --yes", b"").await.assert_success();
    let token = printed.trim().rsplit_once("?token=").expect("a link").1.to_owned();
    walk.secrets.add(&token);
    for page in ["/reset", "/not-me", "/deletion/undo"] {
        let path = format!("{page}?token={token}");
        let mut stream = walk.server.open("GET", &path, "", "").await.expect("a connection");
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await.expect("a response");
    }
    walk.submit("/reset", &[("token", &token), ("password", "short")], "").await;
    let form = json!({"token": token, "password": PASSWORDS[0]});
    assert_eq!(walk.send("POST", "/api/auth/reset", "", &form).await.0, 204);
    assert!(walk.send("POST", "/api/auth/reset", "", &form).await.0 >= 400);
}
