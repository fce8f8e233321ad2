//! An SMTP server of one test, which misbehaves as the test wants.

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{net::TcpListener, task::JoinHandle};
use tokio_rustls::TlsAcceptor;

use super::{smtp_conversation::connection, tls_acceptor};

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
pub(super) struct State {
    pub behavior: Option<SmtpBehavior>,
    pub received: Vec<ReceivedMail>,
    /// `user password` of each login.
    pub logins: Vec<String>,
    pub open: usize,
    pub most_open: usize,
    pub connections: usize,
    pub encrypted: usize,
}

#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<State>>);

impl Shared {
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone)]
pub(super) enum Encryption {
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
