//! Outgoing mail.

use super::report::Report;
use crate::{
    config::{Config, MailTransport},
    preflight,
};

const SUBJECT: &str = "mail";

pub(super) async fn check(config: &Config, report: &mut Report) {
    if let Err(problem) = preflight::mail(config).await {
        return report.warn(SUBJECT, format!("{problem}; mails wait until it works"));
    }
    match &config.mail {
        MailTransport::Smtp(url) if url.is_plaintext() => {
            report.ok(SUBJECT, format!("{url} can be reached; not encrypted, on this machine alone"));
        }
        MailTransport::Smtp(url) => report.ok(SUBJECT, format!("{url} can be reached, with a valid certificate")),
        MailTransport::Folder => report.ok(SUBJECT, "is written to files in `data_dir`, and not sent"),
        MailTransport::Off => report.warn(SUBJECT, "is off: users cannot reset a forgotten password by themselves"),
    }
}
