//! The mails that the server has written.

use server::{mail::MailContent, model::mail::MailId};

use super::TestApp;

/// A mail in the outbox.
pub struct OutboxMail {
    pub purpose: String,
    pub content: MailContent,
}

impl OutboxMail {
    /// The one link of the mail.
    pub fn link(&self) -> &str {
        let links: Vec<_> = self.content.text.lines().filter(|line| line.starts_with("http")).collect();
        let [link] = links.as_slice() else { panic!("not one link: {}", self.content.text) };
        link
    }

    /// The token in the link.
    pub fn token(&self) -> &str {
        self.link().split_once("?token=").expect("a token").1
    }

    /// The code in the last line.
    pub fn code(&self) -> &str {
        let last = self.content.text.trim_end().lines().last().expect("a line");
        last.split_once(" #").expect("a code in the last line").1
    }
}

impl TestApp {
    /// Restarts the server with mail. Users are registered before, when that needs no mail.
    pub async fn restart_with_mail(&self) {
        self.restart_with(|settings| settings.set("mail", "folder")).await;
    }

    /// Makes the addresses of all users proved ones.
    pub async fn verify_emails(&self) {
        self.database().execute("update users set email_verified_at = created_at").await;
    }

    /// The mails to an address that are in the outbox, oldest first. Those that are never sent are none.
    pub async fn mails_to(&self, address: &str) -> Vec<OutboxMail> {
        let mut mails = self.outbox().await;
        mails.retain(|mail| mail.content.to == address && !mail.content.is_decoy);
        mails
    }

    /// The newest mail to an address.
    pub async fn mail_to(&self, address: &str) -> OutboxMail {
        self.mails_to(address).await.pop().unwrap_or_else(|| panic!("no mail to {address}"))
    }

    /// All that is in the outbox, oldest first.
    pub async fn outbox(&self) -> Vec<OutboxMail> {
        let query = "select mail_id, purpose, sealed from mails where sealed <> '' order by created_at, mail_id";
        let rows = self.database().rows(query).await;
        let open = |row: &Vec<String>| {
            let [id, purpose, sealed] = row.as_slice() else { panic!("{row:?}") };
            let content = self.state().mailer.open(&MailId(id.clone()), sealed).expect("a mail of this server");
            OutboxMail { purpose: purpose.clone(), content }
        };
        rows.iter().map(open).collect()
    }
}
