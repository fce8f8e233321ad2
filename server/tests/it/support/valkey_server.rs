//! A Valkey of one test, which the test can break.

use std::{
    env,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Mutex,
    time::Duration,
};

use redis::{AsyncConnectionConfig, Value, aio::MultiplexedConnection};
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    process::{Child, Command},
};

use super::eventually;

const PATIENCE: Duration = Duration::from_secs(10);

/// A Valkey at a socket of its own, whose path is a link: after a failover it leads to the replica.
pub struct ValkeyServer {
    folder: TempDir,
    node: Mutex<Node>,
}

struct Node {
    child: Child,
    socket: PathBuf,
    port: u16,
}

/// The program that `.ci/tools valkey` installs.
fn program() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let tools = env::var_os("TOOLS_DIR").map_or_else(|| root.join(".tools"), |tools| root.join(tools)).join("bin");
    let folders = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&folders).chain([tools]).collect();
    let programs = ["valkey-server", "redis-server"].into_iter();
    let mut candidates = programs.flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.find(|path| path.is_file()).expect("no valkey-server: run `.ci/tools valkey`")
}

impl Node {
    async fn start(folder: &Path, name: &str, arguments: &[&str]) -> Self {
        let socket = folder.join(name);
        // Replicas need a port. Another process may take it meanwhile; then the start fails, loudly.
        let unused = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = unused.local_addr().expect("an address").port();
        drop(unused);
        let mut server = Command::new(program());
        server.args([
            "--unixsocket",
            socket.to_str().expect("text"),
            "--port",
            &port.to_string(),
            "--bind",
            "127.0.0.1",
        ]);
        server.args(["--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0"]).args(arguments);
        server.current_dir(folder).kill_on_drop(true).stdin(Stdio::null()).stdout(Stdio::null());
        let node = Self { child: server.spawn().expect("Valkey runs"), socket, port };
        eventually(async || connect(&node.socket).await.is_ok()).await;
        node
    }
}

async fn connect(socket: &Path) -> redis::RedisResult<MultiplexedConnection> {
    let client = redis::Client::open(format!("unix://{}", socket.display()))?;
    // The crate's default is too short for a machine that runs many tests at once.
    let patient =
        AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE));
    let mut connection = client.get_multiplexed_async_connection_with_config(&patient).await?;
    redis::cmd("PING").exec_async(&mut connection).await?;
    Ok(connection)
}

async fn command(socket: &Path, arguments: &[&str]) -> Value {
    let mut connection = connect(socket).await.expect("Valkey answers");
    let (name, rest) = arguments.split_first().expect("a command");
    let done = redis::cmd(name).arg(rest).query_async(&mut connection).await;
    done.unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
}

/// A value as text, if it is one.
fn text(value: Value) -> Option<String> {
    redis::from_redis_value(value).expect("text or nothing")
}

impl ValkeyServer {
    pub async fn start() -> Self {
        // The path of a socket is limited to 107 bytes.
        let folder = tempfile::tempdir_in("/tmp").expect("a folder");
        let node = Node::start(folder.path(), "primary", &[]).await;
        symlink(&node.socket, folder.path().join("valkey.sock")).expect("a link");
        Self { folder, node: Mutex::new(node) }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("valkey.sock")
    }

    pub fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    pub async fn command(&self, arguments: &[&str]) -> Value {
        command(&self.socket(), arguments).await
    }

    pub async fn get(&self, key: &str) -> Option<Vec<u8>> {
        redis::from_redis_value(self.command(&["GET", key]).await).expect("bytes or nothing")
    }

    /// Sets a key past the server.
    pub async fn set(&self, key: &str, value: &[u8]) {
        let mut connection = connect(&self.socket()).await.expect("Valkey answers");
        redis::cmd("SET").arg(key).arg(value).exec_async(&mut connection).await.expect("written");
    }

    pub async fn keys(&self, pattern: &str) -> Vec<String> {
        let mut keys: Vec<String> =
            redis::from_redis_value(self.command(&["KEYS", pattern]).await).expect("a list of keys");
        keys.sort();
        keys
    }

    fn signal(&self, signal: &str) {
        let id = self.node.lock().expect("no panic").child.id().expect("a process").to_string();
        let status = std::process::Command::new("kill").args([signal, &id]).status().expect("kill runs");
        assert!(status.success());
    }

    pub async fn kill(&self) {
        self.signal("-KILL");
        eventually(async || connect(&self.socket()).await.is_err()).await;
    }

    /// Starts again after [`kill`](Self::kill), empty.
    pub async fn start_again(&self) {
        let node = Node::start(self.folder.path(), "primary", &[]).await;
        *self.node.lock().expect("no panic") = node;
    }

    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    /// A replica that has everything and, from now on, gets nothing more: as one that a failover promotes too early.
    pub async fn lagging_replica(&self) -> Replica {
        let port = self.node.lock().expect("no panic").port.to_string();
        let node = Node::start(self.folder.path(), "replica", &["--replicaof", "127.0.0.1", &port]).await;
        let size = async |socket: &Path| text(command(socket, &["DBSIZE"]).await);
        let expected = size(&self.socket()).await;
        eventually(async || size(&node.socket).await == expected).await;
        command(&node.socket, &["REPLICAOF", "NO", "ONE"]).await;
        Replica(node)
    }

    /// Loses the primary with what the replica did not get, and leads to the replica.
    pub async fn fail_over(&self, replica: Replica) {
        let link = self.folder.path().join("next");
        symlink(&replica.0.socket, &link).expect("a link");
        std::fs::rename(link, self.socket()).expect("the link is replaced");
        let mut primary = std::mem::replace(&mut *self.node.lock().expect("no panic"), replica.0);
        primary.child.kill().await.expect("killed");
    }
}

pub struct Replica(Node);
