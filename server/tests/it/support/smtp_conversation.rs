//! What the SMTP server of a test says on one connection.

use std::{io, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::smtp_server::{Encryption, ReceivedMail, Shared, SmtpBehavior};

pub(super) async fn connection(stream: TcpStream, encryption: Encryption, shared: Shared) {
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

async fn conversation(mut stream: TcpStream, encryption: Encryption, shared: &Shared) -> io::Result<()> {
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

    async fn say(&mut self, line: &str) -> io::Result<()> {
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
    async fn line(&mut self) -> io::Result<Option<String>> {
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
) -> io::Result<bool> {
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
    let encoded = line.rsplit(' ').next().unwrap_or_default();
    let text = STANDARD.decode(encoded).map(String::from_utf8).expect("base64").expect("text");
    text.trim_start_matches('\0').replace('\0', " ")
}
