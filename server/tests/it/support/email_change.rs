//! Changes of the email.

use doorward_api::PendingEmailChange;
use serde_json::json;
use url::form_urlencoded;

use super::{Browser, Response, TestApp, mailbox::OutboxMail};

impl Browser {
    pub async fn ask_email_change(&self, email: &str) -> Response {
        self.post("/api/account/email").json(&json!({"email": email})).await
    }

    /// Asks for a change to an address.
    pub async fn pending_email_change(&self, email: &str) -> PendingEmailChange {
        self.ask_email_change(email).await.assert_status(202).parse()
    }

    pub async fn confirm_email(&self, ticket: &str, code: &str, old_code: &str) -> Response {
        let form = json!({"ticket": ticket, "code": code, "old_code": old_code});
        self.request("PUT", "/api/account/email").json(&form).await
    }

    pub async fn ask_verification(&self) -> Response {
        self.request("POST", "/api/account/email/verify").await
    }

    pub async fn verify_email(&self, ticket: &str, code: &str) -> Response {
        self.request("PUT", "/api/account/email/verify").json(&json!({"ticket": ticket, "code": code})).await
    }

    /// Changes the email with the codes of both mails.
    pub async fn change_email(&self, old: &str, new: &str) {
        let (ticket, code, old_code) = self.codes_to_change_email(old, new).await;
        self.confirm_email(&ticket, &code, &old_code).await.assert_status(204);
    }

    /// Asks for a change, and reads the codes from the mails.
    pub async fn codes_to_change_email(&self, old: &str, new: &str) -> (String, String, String) {
        // Mails of one moment have no order.
        self.app.advance_millis(1);
        let pending = self.pending_email_change(new).await;
        let code = self.app.mail_for("email-change-code", new).await.code().to_owned();
        let old_code = self.app.mail_for("email-change-asked", old).await.code().to_owned();
        (pending.ticket, code, old_code)
    }
}

impl TestApp {
    /// The newest mail to an address for a purpose.
    pub async fn mail_for(&self, purpose: &str, address: &str) -> OutboxMail {
        let mut mails = self.mails_to(address).await.into_iter().filter(|mail| mail.purpose == purpose);
        mails.next_back().unwrap_or_else(|| panic!("no mail {purpose} to {address}"))
    }

    /// Answers the page of the link that undoes a change.
    pub async fn answer_email_undo(&self, token: &str, answer: &str) -> Response {
        let fields = [("token", token), ("answer", answer)];
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.post("/email/undo").header("content-type", "application/x-www-form-urlencoded").body(body).await
    }
}
