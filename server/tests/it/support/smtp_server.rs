//! An SMTP server of one test, which misbehaves as the test wants.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use super::tls_acceptor;

/// What the server does with each mail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SmtpBehavior {
    Accept,
    /// Says of the recipient that it may come back later.
    Defer,
    /// Says of the recipient that there is none.
    Reject,
    /// Says of the sender that it may not send.
    RejectSender,
    /// Says nothing, not even at the start.
    Silence,
    /// Says everything, a byte at a time.
    Slow,
    /// Takes the mail, and closes the connection instead of saying so.
    DropAfterData,
}

/// A mail that the server has taken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReceivedMail {
    pub from: String,
    pub to: Vec<String>,
    pub message: String,
}

impl ReceivedMail {
    /// The values of a header, unfolded.
    pub fn header(&self, name: &str) -> Vec<String> {
        let (head, _) = self.message.split_once("\r\n\r\n").expect("a head and a body");
        let head = head.replace("\r\n ", " ");
        let lines = head.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        lines.map(str::to_owned).collect()
    }

    pub fn message_id(&self) -> String {
        let ids = self.header("Message-ID");
        let [id] = ids.as_slice() else { panic!("not one Message-ID: {self:?}") };
        id.clone()
    }
}

#[derive(Default)]
struct State {
    behavior: Option<SmtpBehavior>,
    received: Vec<ReceivedMail>,
    /// `user password` of each login.
    logins: Vec<String>,
    open: usize,
    most_open: usize,
    connections: usize,
    encrypted: usize,
}

#[derive(Clone)]
struct Shared(Arc<Mutex<State>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone)]
enum Encryption {
    None,
    StartTls(TlsAcceptor),
    Tls(TlsAcceptor),
}

/// Stops when it is dropped.
pub struct SmtpServer {
    port: u16,
    scheme: &'static str,
    shared: Shared,
    accepting: JoinHandle<()>,
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl SmtpServer {
    /// Without encryption.
    pub async fn start() -> Self {
        Self::serve("smtp", Encryption::None).await
    }

    /// With STARTTLS, and the certificate in the folder.
    pub async fn with_starttls(folder: &Path) -> Self {
        Self::serve("smtp+starttls", Encryption::StartTls(tls_acceptor(folder, &[]))).await
    }

    /// Claims to have STARTTLS, and offers none.
    pub async fn without_starttls() -> Self {
        Self::serve("smtp+starttls", Encryption::None).await
    }

    /// With TLS from the first byte.
    pub async fn with_tls(folder: &Path) -> Self {
        Self::serve("smtps", Encryption::Tls(tls_acceptor(folder, &[]))).await
    }

    async fn serve(scheme: &'static str, encryption: Encryption) -> Self {
        let listener = TcpListener::bind("localhost:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Shared(Arc::default());
        let state = shared.clone();
        let accepting = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                tokio::spawn(connection(stream, encryption.clone(), state.clone()));
            }
        });
        Self { port, scheme, shared, accepting }
    }

    pub fn url(&self) -> String {
        format!("{}://localhost:{}", self.scheme, self.port)
    }

    pub fn url_with_user(&self, user: &str) -> String {
        format!("{}://{user}@localhost:{}", self.scheme, self.port)
    }

    pub fn behave(&self, behavior: SmtpBehavior) {
        self.shared.lock().behavior = Some(behavior);
    }

    pub fn mails(&self) -> Vec<ReceivedMail> {
        self.shared.lock().received.clone()
    }

    pub fn logins(&self) -> Vec<String> {
        self.shared.lock().logins.clone()
    }

    /// Connections that are open now.
    pub fn open_connections(&self) -> usize {
        self.shared.lock().open
    }

    /// The most connections that were open at the same time.
    pub fn most_connections(&self) -> usize {
        self.shared.lock().most_open
    }

    /// All connections until now.
    pub fn connections(&self) -> usize {
        self.shared.lock().connections
    }

    /// Connections on which TLS was established.
    pub fn encrypted_connections(&self) -> usize {
        self.shared.lock().encrypted
    }
}

async fn connection(stream: TcpStream, encryption: Encryption, shared: Shared) {
    {
        let mut state = shared.lock();
        state.open += 1;
        state.connections += 1;
        state.most_open = state.most_open.max(state.open);
    }
    // A client may hang up at any time.
    drop(conversation(stream, encryption, &shared).await);
    shared.lock().open -= 1;
}

async fn conversation(mut stream: TcpStream, encryption: Encryption, shared: &Shared) -> std::io::Result<()> {
    let behavior = shared.lock().behavior.unwrap_or(SmtpBehavior::Accept);
    if behavior == SmtpBehavior::Silence {
        // Until the client gives up.
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
        return Ok(());
    }
    match encryption {
        Encryption::None => talk(&mut Peer::new(stream, behavior), shared, false, true).await.map(drop),
        Encryption::StartTls(acceptor) => {
            let mut plain = Peer::new(stream, behavior);
            if !talk(&mut plain, shared, true, true).await? {
                return Ok(());
            }
            let encrypted = acceptor.accept(plain.stream.into_inner()).await?;
            shared.lock().encrypted += 1;
            talk(&mut Peer::new(encrypted, behavior), shared, false, false).await.map(drop)
        }
        Encryption::Tls(acceptor) => {
            let encrypted = acceptor.accept(stream).await?;
            shared.lock().encrypted += 1;
            talk(&mut Peer::new(encrypted, behavior), shared, false, true).await.map(drop)
        }
    }
}

struct Peer<S> {
    stream: BufReader<S>,
    behavior: SmtpBehavior,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    fn new(stream: S, behavior: SmtpBehavior) -> Self {
        Self { stream: BufReader::new(stream), behavior }
    }

    async fn say(&mut self, line: &str) -> std::io::Result<()> {
        let line = format!("{line}\r\n");
        if self.behavior != SmtpBehavior::Slow {
            self.stream.write_all(line.as_bytes()).await?;
            return self.stream.flush().await;
        }
        for byte in line.bytes() {
            self.stream.write_all(&[byte]).await?;
            self.stream.flush().await?;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    /// The next line; `None` at the end.
    async fn line(&mut self) -> std::io::Result<Option<String>> {
        let mut line = String::new();
        let length = self.stream.read_line(&mut line).await?;
        Ok((length > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

/// Returns whether the client has asked for TLS.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    peer: &mut Peer<S>,
    shared: &Shared,
    offers_starttls: bool,
    greets: bool,
) -> std::io::Result<bool> {
    if greets {
        peer.say("220 localhost ESMTP").await?;
    }
    let (mut from, mut to) = (String::new(), Vec::new());
    while let Some(line) = peer.line().await? {
        let address = || line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(text, _)| text);
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        match verb.as_str() {
            "EHLO" if offers_starttls => peer.say("250-localhost\r\n250 STARTTLS").await?,
            "EHLO" => peer.say("250-localhost\r\n250 AUTH PLAIN LOGIN").await?,
            "STARTTLS" if offers_starttls => {
                peer.say("220 go ahead").await?;
                return Ok(true);
            }
            "AUTH" => {
                let login = log_in(&line);
                let is_right = login.ends_with(" hunter2pw");
                shared.lock().logins.push(login);
                peer.say(if is_right { "235 welcome" } else { "535 5.7.8 wrong password" }).await?;
            }
            "MAIL" if peer.behavior == SmtpBehavior::RejectSender => peer.say("550 5.7.1 not your address").await?,
            "MAIL" => {
                address().clone_into(&mut from);
                peer.say("250 ok").await?;
            }
            "RCPT" if peer.behavior == SmtpBehavior::Defer => {
                peer.say(&format!("451 4.7.1 <{}> later", address())).await?;
            }
            "RCPT" if peer.behavior == SmtpBehavior::Reject => {
                peer.say(&format!("550 5.1.1 <{}> is unknown", address())).await?;
            }
            "RCPT" => {
                to.push(address().to_owned());
                peer.say("250 ok").await?;
            }
            "DATA" => {
                peer.say("354 go ahead").await?;
                let mut message = String::new();
                while let Some(line) = peer.line().await?.filter(|line| line != ".") {
                    message += line.strip_prefix('.').unwrap_or(&line);
                    message += "\r\n";
                }
                shared.lock().received.push(ReceivedMail { from: from.clone(), to: std::mem::take(&mut to), message });
                if peer.behavior == SmtpBehavior::DropAfterData {
                    return Ok(false);
                }
                peer.say("250 2.0.0 queued as A1B2").await?;
            }
            "QUIT" => {
                peer.say("221 bye").await?;
                return Ok(false);
            }
            _ => peer.say("502 unknown").await?,
        }
    }
    Ok(false)
}

/// User and password of `AUTH PLAIN`.
fn log_in(line: &str) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let encoded = line.rsplit(' ').next().unwrap_or_default();
    let text = STANDARD.decode(encoded).map(String::from_utf8).expect("base64").expect("text");
    text.trim_start_matches('\0').replace('\0', " ")
}
