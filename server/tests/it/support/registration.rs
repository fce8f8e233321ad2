//! Registrations with a code from a mail.

use doorward_api::PendingRegistration;
use serde_json::json;

use super::{Browser, PASSWORD, Response, TestApp};

impl TestApp {
    /// Restarts with mail.
    pub async fn with_mail(self) -> Self {
        self.restart_with(|settings| settings.set("mail", "folder")).await;
        self
    }

    /// Begins a registration; returns its ticket.
    pub async fn begin_registration(&self, email: &str) -> String {
        self.register(email, PASSWORD).await.assert_status(202).parse::<PendingRegistration>().ticket
    }

    pub async fn confirm_registration(&self, ticket: &str, code: &str) -> Response {
        self.post("/api/auth/register/confirm").json(&json!({"ticket": ticket, "code": code})).await
    }

    pub async fn resend_code(&self, ticket: &str) -> Response {
        self.post("/api/auth/register/resend").json(&json!({"ticket": ticket})).await
    }

    /// A new browser in which this user has registered with the code from the mail.
    pub async fn registered_with_code(&self, email: &str) -> Browser {
        let ticket = self.begin_registration(email).await;
        let code = self.mail_to(email).await.code().to_owned();
        Browser::from_response(self, email, self.confirm_registration(&ticket, &code).await.assert_status(201))
    }
}

/// Another code than this one.
pub fn wrong_code(code: &str) -> String {
    let first = if code.starts_with('0') { "1" } else { "0" };
    first.to_owned() + &code[1..]
}
