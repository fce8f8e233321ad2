//! How a mail leaves: through an SMTP server, or into a file.

use lettre::Message;

use super::{
    folder::MailFolder,
    message::TextEncoding,
    send_error::SendError,
    smtp::{SmtpClient, SmtpConnection},
};
use crate::clock::Moment;

pub enum Transport {
    Folder(MailFolder),
    Smtp(Box<SmtpClient>),
}

/// For one or several mails.
pub enum Connection<'a> {
    Folder(&'a MailFolder),
    Smtp(Box<SmtpConnection>),
}

impl Transport {
    pub async fn open(&self) -> Result<Connection<'_>, SendError> {
        Ok(match self {
            Self::Folder(folder) => Connection::Folder(folder),
            Self::Smtp(client) => Connection::Smtp(Box::new(client.connect().await?)),
        })
    }

    pub fn text_encoding(&self) -> TextEncoding {
        match self {
            Self::Folder(_) => TextEncoding::Utf8,
            Self::Smtp(_) => TextEncoding::Ascii,
        }
    }
}

impl Connection<'_> {
    /// Returns what the server has answered, or the path of the file. After a failure the connection is of no use.
    pub async fn send(&mut self, purpose: &str, message: &Message, now: Moment) -> Result<String, SendError> {
        match self {
            Self::Folder(folder) => {
                let written = folder.write(purpose, message.formatted(), now).await;
                let path = written.map_err(|error| {
                    SendError::unavailable("data_dir", format!("{}: {error}", folder.path().display()))
                })?;
                Ok(path.display().to_string())
            }
            Self::Smtp(connection) => connection.send(message).await,
        }
    }

    pub async fn close(self) {
        if let Self::Smtp(connection) = self {
            connection.close().await;
        }
    }
}
