//! How mails are sent.

use std::fmt;

use super::Config;
use crate::model::{mail::MailAddress, smtp_url::SmtpUrl};

#[derive(Clone, Debug, Eq, PartialEq)]
pub enum MailTransport {
    /// As files in the data directory.
    Folder,
    Off,
    Smtp(SmtpUrl),
}

impl MailTransport {
    /// The error does not repeat the text, which may contain a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "folder" => Ok(Self::Folder),
            "off" => Ok(Self::Off),
            url => SmtpUrl::parse(url).map(Self::Smtp),
        }
    }
}

/// The password of the mail server, which its `Debug` output hides.
#[derive(Clone)]
pub struct MailPassword(String);

impl MailPassword {
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.chars().any(char::is_control) {
            return Err("has a control character, such as a line break".into());
        }
        Ok(Self(text.to_owned()))
    }

    /// Only for the login at the server.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for MailPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl Config {
    pub(super) fn check_mail(&self) -> Result<(), String> {
        let MailTransport::Smtp(url) = &self.mail else {
            return match self.mail_password {
                Some(_) => Err("mail_password: `mail` is no server that needs one; remove it, or set `mail`".into()),
                None => Ok(()),
            };
        };
        if self.mail_from.is_none() {
            return Err("mail_from: required because `mail` is a server: an address that it may send from, such as \
                        `no-reply@example.com`"
                .into());
        }
        match (&url.user, &self.mail_password) {
            (Some(_), None) => {
                Err("mail_password: required because `mail` has a user: put it into a file and its path \
                                    into DOORWARD_MAIL_PASSWORD_FILE, or set DOORWARD_MAIL_PASSWORD"
                    .into())
            }
            (None, Some(_)) => Err("mail_password: `mail` has no user: write it before the host, as in \
                                    `smtps://user@mail.example.com`"
                .into()),
            _ => Ok(()),
        }
    }

    /// The sender of mails. Without a name of its own, it has that of the brand.
    pub fn mail_from(&self, public_url: &str) -> MailAddress {
        let from = self.mail_from.clone().unwrap_or_else(|| MailAddress::no_reply(public_url));
        MailAddress { name: from.name.or_else(|| Some(self.brand_name.clone())), ..from }
    }

    pub fn mail_reply_to(&self) -> Option<&MailAddress> {
        self.mail_reply_to.as_ref()
    }

    /// Whether `/mailbox` shows the mails in the folder: to those on this machine, who could read the files.
    pub fn has_mailbox(&self) -> bool {
        self.mail == MailTransport::Folder && self.is_loopback() && self.listen.ip().is_loopback()
    }

    /// Others than those on this machine use the server, and get no mail.
    pub(super) fn unsent_mails(&self) -> Option<String> {
        (self.mail == MailTransport::Folder && !self.is_loopback()).then(|| {
            "mail: `folder` only writes mails to files, so users do not get them; set a server, as \
             `smtps://user@mail.example.com`, or `off`"
                .into()
        })
    }
}
