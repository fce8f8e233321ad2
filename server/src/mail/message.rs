//! Mails in the format of RFC 5322. Only texts of this server and of its operator are in the headers, and the recipient's
//! address.

use std::time::{Duration, SystemTime};

use lettre::{
    Address, Message,
    address::Envelope,
    message::{
        Body, Mailbox,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0},
    },
};

use super::MailContent;
use crate::{
    clock::Moment,
    model::{
        email::Email,
        mail::{MailAddress, MailId},
    },
};

/// In a line, without its end (RFC 5322, section 2.1.1). The library would encode lines of more than 76, and so every link.
const MAX_LINE_BYTES: usize = 998;

/// What the messages of a server have in common.
pub struct MessageWriter {
    from: Mailbox,
    reply_to: Option<Mailbox>,
    /// The right side of every `Message-ID`.
    host: String,
}

/// How a text that is not ASCII is encoded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TextEncoding {
    /// As every server takes it.
    Ascii,
    /// Readable as it is, in a file.
    Utf8,
}

impl MessageWriter {
    /// `host` is that of the pages.
    pub fn new(from: &MailAddress, reply_to: Option<&MailAddress>, host: &str) -> Self {
        Self { from: mailbox(from), reply_to: reply_to.map(mailbox), host: host.to_owned() }
    }

    /// The same bytes for every attempt to send a mail. `None` if there is no valid recipient.
    pub fn write(
        &self,
        id: &MailId,
        content: &MailContent,
        created_at: Moment,
        encoding: TextEncoding,
    ) -> Option<Message> {
        let recipient = Email::parse(&content.to).filter(|email| email.as_str() == content.to)?;
        let recipient = address(recipient.as_str());
        let mut message = Message::builder()
            // Else it would be parsed from the headers.
            .envelope(Envelope::new(Some(self.from.email.clone()), vec![recipient.clone()]).ok()?)
            .from(self.from.clone())
            .to(Mailbox::new(None, recipient))
            .subject(one_line(&content.subject))
            .date(time(created_at))
            .message_id(Some(format!("<{}@{}>", id.0, self.host)))
            .header(MIME_VERSION_1_0)
            .header(ContentType::TEXT_PLAIN)
            // RFC 3834: no automatic reply to it.
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into()));
        if let Some(reply_to) = &self.reply_to {
            message = message.reply_to(reply_to.clone());
        }
        message.body(body(&content.text, encoding)).ok()
    }
}

fn body(text: &str, encoding: TextEncoding) -> Body {
    let is_plain = !text.contains(['\0', '\r']) && text.lines().all(|line| line.len() <= MAX_LINE_BYTES);
    let as_it_is = |encoding| {
        let lines: Vec<&str> = text.lines().collect();
        Body::dangerous_pre_encoded((lines.join("\r\n") + "\r\n").into_bytes(), encoding)
    };
    match encoding {
        _ if is_plain && text.is_ascii() => as_it_is(ContentTransferEncoding::SevenBit),
        TextEncoding::Utf8 if is_plain => as_it_is(ContentTransferEncoding::EightBit),
        _ => Body::new(text.to_owned()),
    }
}

/// The parts are valid already; the parser of the library accepts fewer of those that exist.
fn address(text: &str) -> Address {
    let (user, domain) = text.rsplit_once('@').unwrap_or((text, ""));
    Address::new_dangerous(user, domain)
}

fn mailbox(of: &MailAddress) -> Mailbox {
    // The library panics at line breaks in a name.
    Mailbox::new(of.name.as_deref().map(one_line), address(&of.address))
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn time(moment: Moment) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(moment.0).unwrap_or(0))
}
