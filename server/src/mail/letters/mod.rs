//! The texts of mails: plain text, in the language of the request that causes them. No text of a user is in any of them:
//! neither a header nor an unproved address may carry what a stranger has written.

mod deletion;
mod email_change;
mod factor_changes;
mod factor_reset;
mod factors;
mod notices;
mod passkeys;
pub mod registration;
mod reset;
pub mod test;

use std::fmt::Write;

use doorward_api::Timestamp;
use url::Url;

use crate::clock::Moment;

pub use deletion::{deletion_asked, deletion_decided, deletion_done};
pub use email_change::{email_change_code, email_verification_code};
pub use factor_changes::FactorChange;
pub use factor_reset::factor_reset_asked;
pub use notices::{Cause, notice};
pub use passkeys::PasskeyChange;
pub use reset::reset;

/// A mail without its recipient.
pub struct Letter {
    /// One word for logs, metrics and file names.
    pub purpose: &'static str,
    pub subject: String,
    /// What has happened and when, why the mail came, and what to do if it was not the recipient.
    pub paragraphs: Vec<String>,
    /// The one link, in a line of its own below the first paragraph.
    pub link: Option<String>,
    /// A one-time code, which browsers find in the last line (WICG, "Origin-bound one-time codes delivered via email").
    pub code: Option<String>,
}

impl Letter {
    /// The whole text. `origin` is that of the pages.
    pub fn text(&self, origin: &str) -> String {
        let mut lines = self.paragraphs.clone();
        lines.splice(lines.len().min(1)..lines.len().min(1), self.link.clone());
        let mut text = lines.join("\n\n") + "\n";
        if let Some(code) = &self.code {
            let host = Url::parse(origin).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
            _ = write!(text, "\n@{host} #{code}\n");
        }
        text
    }
}

/// A time as mails and pages without scripts show it: they have no other time zone.
pub fn utc(moment: Moment) -> String {
    let time = Timestamp::from(moment);
    let (date, time) = time.as_str().split_once('T').unwrap_or((time.as_str(), ""));
    format!("{date} {} UTC", time.get(..5).unwrap_or(time))
}
