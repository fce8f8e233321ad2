//! Reads the files of the folder again, for the page that shows them.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::folder::{MailFolder, parts_of_name};
use crate::clock::Moment;

/// A mail in a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredMail {
    pub sent_at: Moment,
    pub purpose: String,
    pub to: String,
    pub subject: String,
    pub text: String,
}

impl StoredMail {
    /// Reads what [`MessageWriter`](super::message::MessageWriter) has written.
    fn parse(name: &str, file: &str) -> Option<Self> {
        let (sent_at, purpose) = parts_of_name(name)?;
        let (head, text) = file.split_once("\r\n\r\n")?;
        let head = head.replace("\r\n ", " ");
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            lines.next().map(decode).unwrap_or_default()
        };
        let (to, subject) = (header("To"), header("Subject"));
        Some(Self { sent_at, purpose: purpose.to_owned(), to, subject, text: text.replace("\r\n", "\n") })
    }
}

/// The newest mails of a folder, newest first.
pub async fn newest(folder: &MailFolder, count: usize) -> std::io::Result<Vec<StoredMail>> {
    let files = folder.newest(count).await?;
    Ok(files.iter().filter_map(|(name, text)| StoredMail::parse(name, text)).collect())
}

/// Decodes the words that RFC 2047 encodes. A space between two of them stands for nothing.
fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut was_encoded = false;
    for (index, word) in text.split(' ').enumerate() {
        let encoded = word.strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?="));
        let decoded = encoded.and_then(|encoded| STANDARD.decode(encoded).ok());
        if index > 0 && !(was_encoded && decoded.is_some()) {
            bytes.push(b' ');
        }
        was_encoded = decoded.is_some();
        bytes.extend(decoded.unwrap_or_else(|| word.as_bytes().to_vec()));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::StoredMail;
    use crate::{
        clock::Moment,
        mail::{
            MailContent,
            message::{MessageWriter, TextEncoding},
        },
        model::mail::{MailAddress, MailId},
    };

    #[test]
    fn what_is_written_is_read() {
        let from = MailAddress::parse("Bücher & Co. <no-reply@example.com>").expect("an address");
        let writer = MessageWriter::new(&from, None, "login.example.com");
        for (subject, text) in [
            ("Reset your password", "One line.\n\nhttps://login.example.com/reset?token=0123=\n".to_owned()),
            ("Setzen Sie Ihr Paßwort zurück – jetzt, sofort und überall, wo es möglich ist", "Grüße\n".to_owned()),
            ("Ein = und ?= 漢字", "long ".repeat(300)),
        ] {
            let content = MailContent {
                to: "ada@example.com".into(),
                subject: subject.into(),
                text: text.clone(),
                is_decoy: false,
            };
            let message =
                writer.write(&MailId("1".into()), &content, Moment(0), TextEncoding::Utf8).expect("a message");
            let file = String::from_utf8(message.formatted()).expect("text");

            let mail = StoredMail::parse("2026-01-01T00-00-00.250Z-not-me.eml", &file).expect("a mail");

            assert_eq!((mail.to.as_str(), mail.subject.as_str()), ("ada@example.com", subject));
            assert!(mail.text.starts_with(text.trim_end()) || text.len() > 998, "{mail:?}");
            assert_eq!((mail.purpose.as_str(), mail.sent_at), ("not-me", Moment(1_767_225_600_250)));
        }
    }
}
