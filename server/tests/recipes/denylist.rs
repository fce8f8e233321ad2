//! The recipes for PHP and nginx reject tokens of ended sessions, and say nothing while Valkey says nothing.

use std::{path::Path, process::Stdio};

use axum::{Router, http::Method, routing::get};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
};

use crate::{AUDIENCE, TestServer, eventually::eventually, php_verdicts, valkey_server::ValkeyServer};

async fn log_out(server: &TestServer, token: &str) {
    let response = server.send(Method::POST, "/api/auth/logout", Some(token), "{}").await;
    assert_eq!(response.status(), 204);
}

async fn heartbeat(valkey: &ValkeyServer) -> bool {
    valkey.get("doorward:ended").await.is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn php_and_nginx_reject_ended_sessions_and_believe_no_empty_valkey() {
    let valkey = ValkeyServer::start().await;
    let server = TestServer::start_with(&[("DOORWARD_SESSION_CACHE", &valkey.url())]).await;
    let ((live, _), (ended, _)) = (server.register("ada").await, server.register("bob").await);
    let socket = valkey.url().trim_start_matches("unix://").to_owned();
    let nginx = Nginx::start(&socket).await;
    let verdicts = async || {
        let input = json!({"issuer": server.url, "audience": AUDIENCE, "valkey": socket, "tokens": [&live, &ended]});
        let php = php_verdicts(input).await;
        let statuses = (nginx.status(&live).await, nginx.status(&ended).await);
        (php[0].clone(), php[1].clone(), statuses)
    };
    log_out(&server, &ended).await;
    let (accepted, rejected) = (Value::Bool(true), Value::Bool(false));
    eventually(async || verdicts().await == (accepted.clone(), rejected.clone(), (200, 401))).await;

    // Nothing is accepted between a flush and the next heartbeat, which comes with all entries.
    valkey.command(&["FLUSHALL"]).await;
    eventually(async || {
        let nginx = nginx.status(&ended).await;
        assert_ne!(nginx, 200);
        nginx == 401
    })
    .await;
    eventually(async || heartbeat(&valkey).await).await;
    assert_eq!(verdicts().await, (accepted, rejected, (200, 401)));

    valkey.kill().await;
    assert_eq!((nginx.status(&live).await, nginx.status(&ended).await), (503, 503));
    // Empty, and no server that writes the heartbeat.
    server.stop_background();
    valkey.start_again().await;
    assert_eq!(verdicts().await, (Value::Null, Value::Null, (503, 503)));

    assert_eq!(nginx.response("").await, 200, "the service behind responds");
    for header in ["bearer a.b.c", "Bearer x", "Bearer a.e30.c", "Bearer a.bm8.c"] {
        assert_eq!(nginx.response(&format!("authorization: {header}\r\n")).await, 401, "{header}");
    }
    let two = format!("authorization: Bearer {live}\r\nauthorization: Bearer {ended}\r\n");
    assert!(matches!(nginx.response(&two).await, 400 | 401));
    assert_eq!(nginx.response("authorization: Basic YWRhOnB3\r\n").await, 200);
}

/// nginx with the recipe, in front of a service.
struct Nginx {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Nginx {
    async fn start(valkey: &str) -> Self {
        let folder = tempfile::tempdir_in("/tmp").expect("a folder");
        let service = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let upstream = service.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(service, Router::new().route("/", get(async || "served"))).await });
        let unused = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = unused.local_addr().expect("an address").port();
        drop(unused);
        let recipe = Path::new(env!("CARGO_MANIFEST_DIR")).join("verify/recipes/nginx");
        let (recipe, path) = (recipe.display(), folder.path().display());
        let config = format!(
            "load_module /usr/lib/nginx/modules/ndk_http_module.so;
            load_module /usr/lib/nginx/modules/ngx_http_lua_module.so;
            daemon off; master_process off; pid {path}/pid; error_log {path}/error.log;
            events {{ }}
            http {{
                access_log off; client_body_temp_path {path}/body; proxy_temp_path {path}/proxy;
                fastcgi_temp_path {path}/fastcgi; uwsgi_temp_path {path}/uwsgi; scgi_temp_path {path}/scgi;
                lua_package_path '{recipe}/?.lua;;'; lua_socket_log_errors off;
                server {{
                    listen 127.0.0.1:{port};
                    location / {{
                        access_by_lua_block {{ require('doorward').check {{ host = 'unix:{valkey}' }} }}
                        proxy_pass http://{upstream};
                    }}
                }}
            }}"
        );
        std::fs::write(folder.path().join("nginx.conf"), config).expect("written");
        let mut nginx = Command::new("nginx");
        nginx.arg("-p").arg(folder.path()).arg("-c").arg(folder.path().join("nginx.conf"));
        let child = nginx.stdin(Stdio::null()).kill_on_drop(true).spawn().expect("nginx: run `.ci/tools recipes`");
        let nginx = Self { child, port, _folder: folder };
        eventually(async || TcpStream::connect(("127.0.0.1", port)).await.is_ok()).await;
        nginx
    }

    async fn status(&self, token: &str) -> u16 {
        self.response(&format!("authorization: Bearer {token}\r\n")).await
    }

    /// The status of a response to a request with these headers.
    async fn response(&self, headers: &str) -> u16 {
        assert!(self.child.id().is_some());
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.expect("a connection");
        let request = format!("GET / HTTP/1.1\r\nhost: service\r\nconnection: close\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut response = String::new();
        stream.read_to_string(&mut response).await.expect("a response");
        response[9..12].parse().expect("a status")
    }
}
