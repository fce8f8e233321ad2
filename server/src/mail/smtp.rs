//! The SMTP client: one connection at a time, with bounded waits.

use std::time::Duration;

use lettre::{
    Message,
    transport::smtp::{
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::ClientId,
    },
};
use tokio::{sync::OnceCell, time::timeout};

use super::send_error::SendError;
use crate::model::smtp_url::{SmtpSecurity, SmtpUrl};

/// The maximum duration of each part of a delivery.
#[derive(Clone, Copy, Debug)]
pub struct SmtpTimeouts {
    /// Name, connection, TLS, greeting and login.
    pub connect: Duration,
    /// One mail.
    pub send: Duration,
    pub quit: Duration,
}

impl SmtpTimeouts {
    pub const DEFAULT: Self =
        Self { connect: Duration::from_secs(20), send: Duration::from_secs(40), quit: Duration::from_secs(2) };
}

/// Where the server sends from, and as whom.
pub struct SmtpClient {
    url: SmtpUrl,
    /// For the user of the URL.
    password: Option<String>,
    /// What it calls itself.
    hello: ClientId,
    timeouts: SmtpTimeouts,
    /// With the root certificates of the system, which take a while to read.
    tls: OnceCell<TlsParameters>,
}

impl SmtpClient {
    /// `host` is that of the pages.
    pub fn new(url: SmtpUrl, password: Option<String>, host: &str, timeouts: SmtpTimeouts) -> Self {
        let is_name = host.contains('.') && host.bytes().any(|b| b.is_ascii_alphabetic());
        let hello = if is_name { ClientId::Domain(host.to_owned()) } else { ClientId::default() };
        Self { url, password, hello, timeouts, tls: OnceCell::new() }
    }

    pub fn url(&self) -> &SmtpUrl {
        &self.url
    }

    /// Opens a connection on which mails can be sent.
    pub async fn connect(&self) -> Result<SmtpConnection, SendError> {
        let connecting = timeout(self.timeouts.connect, self.try_connect()).await;
        let inner = connecting.unwrap_or_else(|_| Err(no_answer("connection", self.timeouts.connect)))?;
        Ok(SmtpConnection { inner, timeouts: self.timeouts })
    }

    async fn try_connect(&self) -> Result<AsyncSmtpConnection, SendError> {
        let (host, security) = (self.url.host(), self.url.security);
        let tls = if security == SmtpSecurity::Plaintext { None } else { Some(self.tls().await?) };
        let implicit = tls.clone().filter(|_| security == SmtpSecurity::Tls);
        let connecting =
            AsyncSmtpConnection::connect_tokio1((host.as_str(), self.url.port), None, &self.hello, implicit, None);
        let connected = connecting.await;
        let mut connection = connected.map_err(|error| SendError::of_connection("connection", &error))?;
        if let Some(tls) = tls.filter(|_| security == SmtpSecurity::StartTls) {
            if !connection.can_starttls() {
                connection.abort().await;
                return Err(SendError::unavailable("STARTTLS", "the server offers none, so nothing is sent"));
            }
            let encrypted = connection.starttls(tls, &self.hello).await;
            encrypted.map_err(|error| SendError::of_connection("STARTTLS", &error))?;
        }
        if let (Some(user), Some(password)) = (&self.url.user, &self.password) {
            let credentials = Credentials::new(user.clone(), password.clone());
            let logged_in = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await;
            logged_in.map_err(|error| SendError::of_connection("login", &error))?;
        }
        Ok(connection)
    }

    async fn tls(&self) -> Result<TlsParameters, SendError> {
        let host = self.url.host();
        let read = || async {
            let read = tokio::task::spawn_blocking(move || TlsParameters::new(host)).await;
            let read = read.map_err(|error| SendError::unavailable("TLS", error))?;
            read.map_err(|error| SendError::of_connection("TLS", &error))
        };
        self.tls.get_or_try_init(read).await.cloned()
    }
}

fn no_answer(stage: &'static str, within: Duration) -> SendError {
    SendError::unavailable(stage, format!("no answer within {} s", within.as_secs_f32()))
}

pub struct SmtpConnection {
    inner: AsyncSmtpConnection,
    timeouts: SmtpTimeouts,
}

impl SmtpConnection {
    /// Sends a mail, and returns the server's answer. After a failure the connection is of no use.
    pub async fn send(&mut self, message: &Message) -> Result<String, SendError> {
        let within = self.timeouts.send;
        timeout(within, self.try_send(message)).await.unwrap_or_else(|_| Err(no_answer("message", within)))
    }

    async fn try_send(&mut self, message: &Message) -> Result<String, SendError> {
        let envelope = message.envelope();
        let sender = Mail::new(envelope.from().cloned(), vec![]);
        self.inner.command(sender).await.map_err(|error| SendError::of_connection("MAIL FROM", &error))?;
        for recipient in envelope.to() {
            let recipient = Rcpt::new(recipient.clone(), vec![]);
            self.inner.command(recipient).await.map_err(|error| SendError::of_mail("RCPT TO", &error))?;
        }
        self.inner.command(Data).await.map_err(|error| SendError::of_mail("DATA", &error))?;
        let sent = self.inner.message(&message.formatted()).await;
        let response = sent.map_err(|error| SendError::of_mail("message", &error))?;
        Ok(format!("{} {}", response.code(), response.message().collect::<Vec<_>>().join(" ")))
    }

    /// The mails have been accepted, so it does not matter whether this works.
    pub async fn close(mut self) {
        drop(timeout(self.timeouts.quit, self.inner.quit()).await);
    }
}
