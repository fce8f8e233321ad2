//! The recipes for Node, Python and PHP accept and reject the same tokens as the server. The server's own key signs genuine
//! tokens and forgeries, and five verifiers check each: the API, `doorward-verify`, and the recipes in `verify/recipes`.
//!
//! Needs the packages that `.ci/tools recipes` installs: run `make recipes`.

#[path = "../../verify/tests/forge/mod.rs"]
mod forge;

mod denylist;
#[path = "../it/support/eventually.rs"]
mod eventually;
mod proofs;
#[expect(dead_code, reason = "the integration tests break it in more ways")]
#[path = "../it/support/valkey_server.rs"]
mod valkey_server;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Method, Request, StatusCode, header},
    response::Response,
};
use eventually::eventually;
use forge::{Case, Forge};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use server::{
    background,
    clock::Clock,
    config::{Config, RawSettings},
    http,
    state::AppState,
};
use tokio::{io::AsyncWriteExt, net::TcpListener, process::Command, task::JoinHandle};
use tower::ServiceExt;

const AUDIENCE: &str = "https://shop.example";

/// The real server on a port.
struct TestServer {
    app: AppState,
    url: String,
    router: Router,
    background: JoinHandle<()>,
    _data: tempfile::TempDir,
}

impl TestServer {
    async fn start() -> Self {
        Self::start_with(&[]).await
    }

    async fn start_with(more: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let settings = [
            ("DOORWARD_DATA_DIR", data.path().to_str().expect("text")),
            ("DOORWARD_AUDIENCE", AUDIENCE),
            ("DOORWARD_ARGON2_MEMORY_KIB", "64"),
            ("DOORWARD_ARGON2_ITERATIONS", "1"),
            ("DOORWARD_MAIL", "off"),
        ];
        let settings = settings.iter().chain(more).map(|(name, value)| (name.into(), value.into()));
        let settings = RawSettings::read(None, settings, RawSettings::default()).expect("settings");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let config = Config::try_from(settings).expect("good settings");
        let app = AppState::open(config, url.clone(), Clock::system()).await.expect("a server");
        let background = tokio::spawn(background::run(app.clone()));
        let router = http::router(app.clone());
        let service = router.clone().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        Self { app, url, router, background, _data: data }
    }

    fn stop_background(&self) {
        self.background.abort();
    }

    async fn send(&self, method: Method, path: &str, token: Option<&str>, body: &str) -> Response {
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let mut request = Request::builder().method(method).uri(path).extension(ConnectInfo(address));
        request = request.header(header::HOST, "localhost").header("sec-fetch-site", "same-origin");
        request = request.header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(Body::from(body.to_owned())).expect("a request");
        self.router.clone().oneshot(request).await.expect("a response")
    }

    /// The access token and the refresh token of a new account.
    async fn register(&self, account: &str) -> (String, String) {
        let email = format!("{account}@example.com");
        let form = json!({"email": email, "password": "violet otters sing at noon", "name": "Ada 🦊"}).to_string();
        let response = self.send(Method::POST, "/api/auth/register", None, &form).await;
        assert_eq!(response.status(), StatusCode::CREATED);
        let cookies =
            response.headers().get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().expect("text"));
        let cookie =
            cookies.into_iter().find(|cookie| cookie.starts_with("__Host-Http-refresh=")).expect("a refresh token");
        let refresh_token = cookie.split(['=', ';']).nth(1).expect("a value").to_owned();
        let body = axum::body::to_bytes(response.into_body(), 1 << 16).await.expect("a body");
        let token_response: Value = serde_json::from_slice(&body).expect("JSON");
        (token_response["access_token"].as_str().expect("a token").to_owned(), refresh_token)
    }

    /// A forge with the server's key.
    fn forge(&self) -> Forge {
        let (keys, now) = (self.app.key_ring.current(), self.app.clock.now());
        let signing = keys.signing(now);
        let public = keys.jwks.keys.iter().find(|key| key.kid == signing.kid).expect("the signing key is published");
        let issuer_and_audience = (self.url.as_str(), AUDIENCE);
        Forge::of(signing.private_key.clone(), public.clone(), issuer_and_audience, now.seconds())
    }
}

/// Runs a recipe in its own process and returns whether it accepts each token.
async fn verdicts<T: DeserializeOwned>(program: &Path, script: &str, input: &Value) -> Vec<T> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("verify/recipes");
    let mut recipe = Command::new(program);
    recipe.arg(folder.join(script)).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut recipe = recipe.spawn().unwrap_or_else(|error| panic!("{} does not run: {error}", program.display()));
    let mut stdin = recipe.stdin.take().expect("piped");
    // A recipe that fails early reads no input, and has printed the reason.
    drop(stdin.write_all(input.to_string().as_bytes()).await);
    drop(stdin);
    let output = recipe.wait_with_output().await.expect("the recipe exits");
    assert!(output.status.success(), "{script} failed: are its packages installed? See `make recipes`");
    serde_json::from_slice(&output.stdout).expect("a list of verdicts")
}

/// The verdicts of the recipe for PHP; `null` when it does not know.
async fn php_verdicts(mut input: Value) -> Vec<Value> {
    let folder = tempfile::tempdir().expect("a folder");
    input["keys_file"] = folder.path().join("keys.json").display().to_string().into();
    verdicts(Path::new("php"), "php/conformance.php", &input).await
}

/// Python with the packages that `.ci/tools recipes` installs.
fn python() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let tools = std::env::var_os("TOOLS_DIR").map_or_else(|| root.join(".tools"), |tools| root.join(tools));
    tools.join("python/bin/python")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_verifier_gives_the_same_verdict_on_every_token() {
    let server = TestServer::start().await;
    let (access_token, refresh_token) = server.register("ada").await;
    let forge = server.forge();

    let mut cases = vec![
        Case { what: "an access token of the server".into(), token: access_token, is_good: true },
        Case { what: "a refresh token of the server".into(), token: refresh_token, is_good: false },
    ];
    cases.extend(forge.good_tokens());
    cases.extend(forge.counterfeits());
    let tokens: Vec<_> = cases.iter().map(|case| case.token.as_str()).collect();
    let input = json!({"issuer": server.url, "audience": AUDIENCE, "tokens": tokens});

    let node: Vec<bool> = verdicts(Path::new("node"), "node/conformance.js", &input).await;
    let python: Vec<bool> = verdicts(&python(), "python/conformance.py", &input).await;
    let php = php_verdicts(input).await;
    assert_eq!((node.len(), python.len(), php.len()), (cases.len(), cases.len(), cases.len()));

    let mut disagreements = Vec::new();
    for (case, ((node, python), php)) in cases.iter().zip(node.into_iter().zip(python).zip(php)) {
        let ours = forge.verify(&case.token, server.app.clock.now().seconds()).is_ok();
        let mut verdicts =
            vec![("doorward-verify", ours), ("Node", node), ("Python", python), ("PHP", php == Value::Bool(true))];
        // Not every token can be sent in a header.
        let is_sendable = !case.token.is_empty() && case.token.bytes().all(|byte| byte.is_ascii_graphic());
        if is_sendable && case.token.len() < 8192 {
            let response = server.send(Method::GET, "/api/me", Some(&case.token), "").await;
            assert!(matches!(response.status(), StatusCode::OK | StatusCode::UNAUTHORIZED), "{}", response.status());
            verdicts.push(("the server", response.status() == StatusCode::OK));
        }
        let wrong = verdicts.into_iter().filter(|(_, verdict)| *verdict != case.is_good);
        disagreements.extend(
            wrong.map(|(verifier, verdict)| format!("{verifier}: {verdict} for {}\n  {}", case.what, case.token)),
        );
    }
    assert!(disagreements.is_empty(), "of {} tokens:\n{}", cases.len(), disagreements.join("\n"));
    println!("{} tokens, five verifiers, the same verdicts", cases.len());
}
