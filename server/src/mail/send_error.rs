//! Why a mail could not be sent.

use std::fmt;

use lettre::transport::smtp;

/// What to do with the mail.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SendErrorKind {
    /// Nothing can be sent at the moment; another mail would fail, too.
    Unavailable,
    /// The server may accept this mail later.
    Deferred,
    /// The server will never accept this mail.
    Rejected,
}

/// Its text is for the log: without what the server says about a recipient.
#[derive(Debug)]
pub struct SendError {
    pub kind: SendErrorKind,
    stage: &'static str,
    code: Option<u16>,
    answer: String,
    is_answer_of_server: bool,
}

/// Requires a login, or another one: the fault of the settings, not of the recipient.
const LOGIN_CODES: [u16; 4] = [530, 534, 535, 538];

/// The server is about to close the connection.
const SHUTTING_DOWN: u16 = 421;

impl SendError {
    /// A failure that no server has reported.
    pub fn unavailable(stage: &'static str, reason: impl fmt::Display) -> Self {
        let kind = SendErrorKind::Unavailable;
        Self { kind, stage, code: None, answer: reason.to_string(), is_answer_of_server: false }
    }

    /// There is no address to send it to.
    pub fn invalid() -> Self {
        Self { kind: SendErrorKind::Rejected, ..Self::unavailable("recipient", "not a valid address") }
    }

    /// Of a step that concerns all mails.
    pub fn of_connection(stage: &'static str, error: &smtp::Error) -> Self {
        Self { kind: SendErrorKind::Unavailable, ..Self::of_mail(stage, error) }
    }

    /// Of a step that concerns the recipient or the text.
    pub fn of_mail(stage: &'static str, error: &smtp::Error) -> Self {
        let code = error.status().map(u16::from);
        let kind = match code {
            Some(code) if LOGIN_CODES.contains(&code) || code == SHUTTING_DOWN => SendErrorKind::Unavailable,
            Some(code) if code >= 500 => SendErrorKind::Rejected,
            Some(_) => SendErrorKind::Deferred,
            None => SendErrorKind::Unavailable,
        };
        let causes = std::iter::successors(std::error::Error::source(error), |error| error.source());
        let mut causes: Vec<String> = causes.map(ToString::to_string).collect();
        // A cause often repeats the one below it.
        causes.dedup_by(|next, previous| previous.contains(next.as_str()));
        let causes = causes.join(": ").replace(['\r', '\n'], " ");
        let answer = match code {
            Some(code) => format!("{code} {causes}"),
            None if causes.is_empty() => error.to_string(),
            None => causes,
        };
        let is_answer_of_server = code.is_some() || error.is_response();
        Self { kind, stage, code, answer, is_answer_of_server }
    }

    /// With the server's words, for the operator alone.
    pub fn with_answer(&self) -> String {
        format!("{}: {}", self.stage, self.answer)
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "{}: {code}", self.stage),
            None if self.is_answer_of_server => write!(f, "{}: an invalid reply", self.stage),
            None => write!(f, "{}: {}", self.stage, self.answer),
        }
    }
}

impl std::error::Error for SendError {}
