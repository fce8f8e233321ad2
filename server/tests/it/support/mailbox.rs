//! The mails that the server has written.

use server::{
    mail::{MailContent, letters::Letter},
    model::{credential::CredentialHash, email::Email, mail::MailId, ticket::TicketToken, user::UserId},
};

use super::{SmtpServer, TestApp};

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

/// For tests of mails themselves.
impl TestApp {
    /// Restarts the server with this one for its mails.
    pub async fn send_mails_through(&self, server: &SmtpServer) {
        self.restart_with(|settings| {
            settings.set("mail", server.url());
            settings.set("mail_from", "Example <no-reply@example.com>");
        })
        .await;
    }

    /// Writes a mail with a link into the outbox, as part of no other change. Returns the token in its link.
    pub async fn enqueue_mail(&self, to: &str, user_id: Option<&str>) -> String {
        let token = TicketToken::generate();
        self.enqueue_mail_with(to, user_id, &token, None).await;
        token.reveal().to_owned()
    }

    /// The same with a ticket, without which the mail is pointless.
    pub async fn enqueue_mail_with(
        &self,
        to: &str,
        user_id: Option<&str>,
        token: &TicketToken,
        ticket: Option<&CredentialHash>,
    ) {
        let state = self.state();
        let letter = Letter {
            purpose: "reset",
            subject: "Reset your password".into(),
            paragraphs: vec!["Follow the link.".into(), "It was requested at 20:15 UTC.".into()],
            link: Some(state.mailer.link("/reset", token.reveal())),
            code: None,
        };
        let user_id = user_id.map(|id| UserId(id.to_owned()));
        let mail = state.mailer.compose(&Email::parse(to).expect("an email"), user_id.as_ref(), &letter, ticket);
        state.store.enqueue_mails(&[mail], self.now()).await.expect("the database works");
    }

    /// Sends what is due, as a running server does.
    pub async fn send_due_mails(&self) {
        self.state().mail_sender.send_due().await.expect("the database works");
    }
}
