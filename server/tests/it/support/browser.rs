//! A browser with a logged-in user.

use doorward_api::{CredentialStorage, Session, TokenResponse};
use serde_json::json;

use super::{
    Request, Response, SessionEndStream, TestApp,
    credentials::{DEVICE_COOKIES, cookie_name},
};

/// The password of every user in the tests.
pub const PASSWORD: &str = "correct horse battery staple";

/// A browser in which a user has logged in, with what it stores. A clone is another tab.
#[derive(Clone)]
pub struct Browser {
    pub app: TestApp,
    pub email: String,
    /// From the login, or from the latest refresh that was stored.
    pub token_response: TokenResponse,
    /// What the browser stores beside the access token: the value of its cookie, or the refresh token in the memory of its
    /// page. Empty under `banking`, which has neither.
    pub credential: String,
    /// What makes the browser known for this user, also without a session.
    pub device_cookie: String,
}

impl Browser {
    /// The browser that received this response to a login or a registration.
    pub fn from_response(app: &TestApp, email: &str, response: Response) -> Self {
        let response = response.assert_ok();
        let token_response: TokenResponse = response.parse();
        let credential = match cookie_name(token_response.session.policy.credential_storage(), true) {
            Some(name) => response.cookie(name).expect("a cookie").to_owned(),
            None => token_response.refresh_token.clone().unwrap_or_default(),
        };
        let device_cookie = response.cookie(DEVICE_COOKIES[0]).expect("a device cookie").to_owned();
        Self { app: app.clone(), email: email.into(), token_response, credential, device_cookie }
    }

    /// The same browser, sending its requests to another node.
    pub fn on_node(&self, node: &TestApp) -> Self {
        Self { app: node.clone(), ..self.clone() }
    }

    pub fn credential_storage(&self) -> CredentialStorage {
        self.token_response.session.policy.credential_storage()
    }

    pub fn access_token(&self) -> &str {
        self.token_response.access_token.as_deref().expect("an access token")
    }

    pub fn session_id(&self) -> &str {
        &self.token_response.session.id
    }

    pub fn user_id(&self) -> &str {
        &self.token_response.user.id
    }

    pub fn get(&self, path: &str) -> Request {
        self.app.get(path).authorized_by(self)
    }

    pub fn post(&self, path: &str) -> Request {
        self.app.post(path).authorized_by(self)
    }

    pub fn request(&self, method: &str, path: &str) -> Request {
        self.app.request(method, path).authorized_by(self)
    }

    pub async fn me(&self) -> Response {
        self.get("/api/me").await
    }

    pub async fn account(&self) -> Response {
        self.get("/api/account").await
    }

    /// Continues the session as a page does: refreshes it or, under `banking`, where nothing can, reads the account.
    pub async fn refresh(&self) -> Response {
        match self.credential_storage() {
            CredentialStorage::AccessTokenOnly => self.account().await,
            CredentialStorage::RefreshCookie | CredentialStorage::SessionCookie | CredentialStorage::RefreshToken => {
                self.app.post("/api/auth/refresh").with_credential_of(self).await
            }
        }
    }

    /// Refreshes the session, which must succeed, and stores the new access token.
    pub async fn refresh_and_store(&mut self) -> TokenResponse {
        let response = self.refresh().await.assert_status(200);
        if self.credential_storage() != CredentialStorage::AccessTokenOnly {
            self.token_response = response.parse();
        }
        self.token_response.clone()
    }

    /// The access token of a refresh that is not stored.
    pub async fn fresh_access_token(&self) -> String {
        self.clone().refresh_and_store().await.access_token.expect("an access token")
    }

    /// A logout with every credential that the page has.
    pub fn log_out_request(&self) -> Request {
        let request = self.app.post("/api/auth/logout").with_credential_of(self);
        match &self.token_response.access_token {
            Some(token) => request.bearer(token),
            None => request,
        }
    }

    pub async fn log_out(&self) -> Response {
        self.log_out_request().await
    }

    pub async fn log_out_everywhere(&self) -> Response {
        self.request("DELETE", "/api/sessions").await
    }

    pub async fn change_password(&self, current: &str, new: &str) -> Response {
        let form = json!({"current_password": current, "new_password": new});
        self.post("/api/account/password").json(&form).await
    }

    /// Changes the password, which must succeed, and stores the new credentials.
    pub async fn change_password_and_store(&mut self, current: &str, new: &str) {
        let response = self.change_password(current, new).await.assert_ok();
        if let Some(name) = cookie_name(self.credential_storage(), true) {
            response.assert_status(204).cookie(name).expect("a cookie").clone_into(&mut self.credential);
            self.refresh_and_store().await;
        } else {
            self.token_response = response.assert_status(200).parse();
            self.credential = self.token_response.refresh_token.clone().unwrap_or_default();
        }
    }

    pub async fn confirm(&self, password: &str) -> Response {
        self.post("/api/auth/confirm").json(&json!({"password": password})).await
    }

    /// Confirms with the right password, which must succeed, and stores the new access token.
    pub async fn confirm_and_store(&mut self) {
        let response = self.confirm(PASSWORD).await.assert_status(200);
        self.token_response = response.parse();
    }

    pub async fn sessions(&self) -> Vec<Session> {
        self.get("/api/sessions").await.assert_status(200).parse()
    }

    pub fn revoke_request(&self, other: &Self) -> Request {
        self.request("DELETE", &format!("/api/sessions/{}", other.session_id()))
    }

    /// Ends the session of another browser of the same user.
    pub async fn revoke(&self, other: &Self) -> Response {
        self.revoke_request(other).await
    }

    pub async fn revoke_others(&self) -> Response {
        self.request("DELETE", "/api/sessions/others").await
    }

    pub async fn session_end_stream(&self) -> SessionEndStream {
        self.get("/api/sessions/events").stream().await.expect("a stream")
    }

    /// Logs in as any user with this browser, which sends its cookie.
    pub async fn log_in_as(&self, email: &str) -> Response {
        let form = json!({"email": email, "password": PASSWORD});
        self.app.post("/api/auth/login").with_cookie_of(self).json(&form).await
    }

    /// Logs in as the user with this browser, in which the session may have ended.
    pub async fn log_in_with(&self, password: &str) -> Response {
        let form = json!({"email": self.email, "password": password});
        self.app.post("/api/auth/login").with_device_cookie_of(self).json(&form).await
    }

    /// Logs in once more with this browser.
    pub async fn log_in_again(&self) -> Self {
        Self::from_response(&self.app, &self.email, self.log_in_as(&self.email).await)
    }
}
