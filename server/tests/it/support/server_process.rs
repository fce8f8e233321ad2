//! The program `doorward` in a process of its own.

use std::{
    net::SocketAddr,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use doorward_api::PolicyName;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
};

use super::{Database, PASSWORD, app::MASTER_SECRET, eventually};

/// The output of a command.
#[derive(Debug)]
pub struct Output {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// Asserts that the command succeeded, and returns its output.
    #[track_caller]
    pub fn assert_success(self) -> String {
        assert_eq!((self.status, self.stderr.as_str()), (0, ""), "{self:?}");
        self.stdout
    }

    /// Asserts that the command failed with nothing but one line, which contains `message`.
    #[track_caller]
    pub fn assert_failure(&self, status: i32, message: &str) {
        assert_eq!((self.status, self.stdout.as_str()), (status, ""), "{self:?}");
        assert!(self.stderr.starts_with("doorward: ") && self.stderr.contains(message), "{self:?}");
        assert_eq!(self.stderr.lines().count(), 1, "{self:?}");
    }
}

fn program(database: &Database, policy: PolicyName) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_doorward"));
    program.env_clear().kill_on_drop(true).current_dir(database.folder.path()).envs([
        ("DOORWARD_DATABASE_URL", database.url.as_str()),
        ("DOORWARD_ARGON2_MEMORY_KIB", "64"),
        ("DOORWARD_ARGON2_ITERATIONS", "1"),
        ("DOORWARD_LISTEN", "127.0.0.1:0"),
        // The issuer of tokens, which must not change with the port.
        ("DOORWARD_PUBLIC_URL", "http://127.0.0.1:3000"),
        ("DOORWARD_LOG", "error"),
        ("DOORWARD_POLICY", policy.name()),
        ("DOORWARD_MAIL", "off"),
        // On an IP address, they cause a warning.
        ("DOORWARD_PASSKEYS", "false"),
    ]);
    program
}

/// `doorward serve` with the secret of [`super::TestApp`], whose database it can share.
fn serve(database: &Database, policy: PolicyName) -> Command {
    let mut program = program(database, policy);
    program.arg("serve").env("DOORWARD_SECRET", MASTER_SECRET);
    program
}

/// Runs `doorward` with these arguments, separated by spaces, and this standard output; returns its exit status and what
/// it wrote to standard error.
pub async fn run_cli_with_output(database: &Database, arguments: &str, stdout: impl Into<Stdio>) -> (i32, String) {
    let mut program = program(database, PolicyName::Retention);
    program.args(arguments.split(' ')).stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped());
    let child = program.spawn().expect("the program runs");
    // The parent's copy of the standard output would keep a pipe open.
    drop(program);
    let output = child.wait_with_output().await.expect("the program exits");
    (output.status.code().expect("an exit status"), String::from_utf8(output.stderr).expect("text"))
}

/// Runs `doorward` with these arguments, separated by spaces, and this input.
pub async fn run_cli(database: &Database, arguments: &str, stdin: &str) -> Output {
    run_cli_with(database, &[], arguments, stdin.as_bytes()).await
}

/// Runs `doorward` with other settings; an empty one counts as not set.
pub async fn run_cli_with(database: &Database, settings: &[(&str, &str)], arguments: &str, stdin: &[u8]) -> Output {
    let mut program = program(database, PolicyName::Retention);
    // Open registration without mail causes a warning.
    program.env("DOORWARD_REGISTRATION", "invite").envs(settings.iter().copied());
    program.args(arguments.split(' ')).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().expect("the program runs");
    // A command that reads no input may exit before it is written.
    drop(child.stdin.take().expect("piped").write_all(stdin).await);
    let output = child.wait_with_output().await.expect("the program exits");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Output {
        status: output.status.code().expect("an exit status"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// A running `doorward serve`; dropping it kills the process.
pub struct ServerProcess {
    child: Child,
    address: SocketAddr,
}

impl ServerProcess {
    pub async fn start(database: &Database, policy: PolicyName) -> Self {
        Self::spawn(&mut serve(database, policy)).await
    }

    /// Starts a server with these arguments, separated by spaces.
    pub async fn start_with_arguments(database: &Database, arguments: &str) -> Self {
        let mut program = program(database, PolicyName::Retention);
        Self::spawn(program.args(arguments.split(' ')).env("DOORWARD_SECRET", MASTER_SECRET)).await
    }

    /// Starts a server with other settings, whose log can be read.
    pub async fn start_with(database: &Database, settings: &[(&str, &str)]) -> Self {
        let mut program = serve(database, PolicyName::Retention);
        Self::spawn(program.envs(settings.iter().copied()).stderr(Stdio::piped())).await
    }

    /// Starts a server with this standard error.
    pub async fn start_with_log(database: &Database, settings: &[(&str, &str)], log: impl Into<Stdio>) -> Self {
        let mut program = serve(database, PolicyName::Retention);
        Self::spawn(program.envs(settings.iter().copied()).stderr(log)).await
    }

    /// Starts a server whose process begins with this umask.
    pub async fn start_with_umask(database: &Database, settings: &[(&str, &str)], umask: &str) -> Self {
        Self::start_after(&format!("umask {umask}"), database, settings).await
    }

    /// Starts a server with this soft limit on open files.
    pub async fn start_with_open_files(database: &Database, settings: &[(&str, &str)], limit: u32) -> Self {
        Self::start_after(&format!("ulimit -Sn {limit}"), database, settings).await
    }

    /// Starts a server from a shell that has run this command.
    async fn start_after(command: &str, database: &Database, settings: &[(&str, &str)]) -> Self {
        let direct = serve(database, PolicyName::Retention);
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &format!("{command} && exec \"$0\" serve"), env!("CARGO_BIN_EXE_doorward")]);
        shell.env_clear().kill_on_drop(true).current_dir(database.folder.path());
        let variables = direct.as_std().get_envs();
        shell.envs(variables.filter_map(|(name, value)| Some((name, value?)))).envs(settings.iter().copied());
        Self::spawn(&mut shell).await
    }

    /// Starts a server with these standard streams, and waits until it responds.
    pub async fn start_with_output(database: &Database, stdout: impl Into<Stdio>, stderr: impl Into<Stdio>) -> Self {
        let unused = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = unused.local_addr().expect("an address");
        drop(unused);
        let mut program = serve(database, PolicyName::Retention);
        program.env("DOORWARD_LISTEN", address.to_string()).stdout(stdout).stderr(stderr);
        let server = Self { child: program.spawn().expect("the program runs"), address };
        eventually(async || TcpStream::connect(address).await.is_ok()).await;
        server
    }

    async fn spawn(program: &mut Command) -> Self {
        let mut child = program.stdout(Stdio::piped()).spawn().expect("the program runs");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("piped")).read_line(&mut line).await.expect("a line");
        let address = line.split("listening on ").nth(1).and_then(|rest| rest.split(',').next());
        let address = address.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no address in {line:?}"));
        Self { child, address }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn process_id(&self) -> u32 {
        self.child.id().expect("a running process")
    }

    /// Sends a signal such as `-TERM`.
    pub async fn signal(&self, signal: &str) {
        let id = self.process_id().to_string();
        Command::new("kill").args([signal, &id]).status().await.expect("kill runs");
    }

    /// Waits for the process to exit without a signal.
    pub async fn exit_status(&mut self) -> ExitStatus {
        let exit = tokio::time::timeout(Duration::from_secs(6), self.child.wait());
        exit.await.expect("the process exits in time").expect("a status")
    }

    /// The log, once the process has exited.
    pub async fn log(&mut self) -> String {
        let mut log = String::new();
        self.child.stderr.as_mut().expect("piped").read_to_string(&mut log).await.expect("text");
        log
    }

    /// Reads the log away, so that its pipe does not fill up.
    pub fn discard_log(&mut self) {
        let mut log = self.child.stderr.take().expect("piped");
        tokio::spawn(async move { log.read_to_end(&mut Vec::new()).await });
    }

    /// Opens a connection and sends a request on it.
    pub async fn open(&self, method: &str, path: &str, headers: &str, body: &str) -> std::io::Result<TcpStream> {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: doorward\r\nsec-fetch-site: same-origin\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        );
        self.open_raw(&request).await
    }

    /// Opens a connection and sends text on it.
    pub async fn open_raw(&self, request: &str) -> std::io::Result<TcpStream> {
        let mut stream = TcpStream::connect(self.address).await?;
        stream.write_all(request.as_bytes()).await?;
        Ok(stream)
    }

    /// What the server answers to these bytes until it closes the connection.
    pub async fn exchange(&self, request: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut response = String::new();
        stream.read_to_string(&mut response).await.expect("a response");
        response
    }

    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("a connection")
    }

    /// The raw response to a GET request.
    pub async fn get(&self, path: &str) -> String {
        let mut response = String::new();
        let mut stream = self.open("GET", path, "", "").await.expect("a connection");
        stream.read_to_string(&mut response).await.expect("a complete response");
        response
    }

    /// The status, head and body of a response; `None` if none arrives completely.
    pub async fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> Option<(u16, String, Value)> {
        let mut stream = self.open(method, path, headers, body).await.ok()?;
        let mut response = String::new();
        stream.read_to_string(&mut response).await.ok()?;
        let (head, body) = response.split_once("\r\n\r\n")?;
        let status = head.get(9..12)?.parse().ok()?;
        let body = if body.is_empty() { Value::Null } else { serde_json::from_str(body).ok()? };
        Some((status, head.to_owned(), body))
    }

    /// Registers or logs in; returns the header that authorizes requests of the session, or `None` if the server is gone.
    pub async fn log_in(&self, email: &str) -> Option<String> {
        let form = format!(r#"{{"email":"{email}","password":"{PASSWORD}","name":"Ada"}}"#);
        match self.send("POST", "/api/auth/register", "", &form).await? {
            (201, head, body) => return Some(authorization(&head, &body)),
            // A server that sends mail does not say whether the user exists.
            (202 | 409, ..) => {}
            other => panic!("{other:?}"),
        }
        let form = format!(r#"{{"email":"{email}","password":"{PASSWORD}"}}"#);
        match self.send("POST", "/api/auth/login", "", &form).await? {
            (200, head, body) => Some(authorization(&head, &body)),
            other => panic!("{other:?}"),
        }
    }

    pub async fn me(&self, authorization: &str) -> Option<(u16, Value)> {
        self.send("GET", "/api/me", authorization, "").await.map(|(status, _, body)| (status, body))
    }
}

/// The header with the access token of a login or, where there is none, its cookie.
fn authorization(head: &str, token_response: &Value) -> String {
    if let Some(token) = token_response["access_token"].as_str() {
        return format!("authorization: Bearer {token}\r\n");
    }
    let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
    format!("cookie: {}\r\n", cookie.expect("a cookie"))
}
