//! How a browser, and the page in it, present the credentials of a session.

use app::api::Keeps;
use serde_json::json;

use super::{Browser, Request, TestApp};

/// The cookie that holds the credential; `None` where it is not stored in a cookie.
pub fn cookie_name(storage: Keeps, is_secure: bool) -> Option<&'static str> {
    match (storage, is_secure) {
        (Keeps::RefreshCookie, true) => Some("__Host-Http-refresh"),
        (Keeps::RefreshCookie, false) => Some("refresh"),
        (Keeps::SessionCookie, true) => Some("__Host-Http-session"),
        (Keeps::SessionCookie, false) => Some("session"),
        (Keeps::RefreshToken | Keeps::Nothing, _) => None,
    }
}

impl Request {
    /// Adds the browser's cookie, which a browser sends with every request.
    pub fn with_cookie_of(self, browser: &Browser) -> Self {
        match cookie_name(browser.keeps(), true) {
            Some(name) => self.header("cookie", format!("{name}={}", browser.credential)),
            None => self,
        }
    }

    /// Adds what a page of the browser sends with a request: the cookie, and the access token or, where there is none,
    /// the id of the session it expects.
    pub fn authorized_by(self, browser: &Browser) -> Self {
        let request = self.with_cookie_of(browser);
        match &browser.token_response.access_token {
            Some(token) => request.bearer(token),
            None => request.header("doorward-session", browser.session_id()),
        }
    }

    /// Adds the credential of the session where its policy has it, cookie or body, and no access token.
    pub fn with_credential_of(self, browser: &Browser) -> Self {
        let request = self.with_cookie_of(browser);
        if browser.keeps() == Keeps::RefreshToken { request.with_refresh_token(&browser.credential) } else { request }
    }

    /// Adds a body with this refresh token.
    pub fn with_refresh_token(self, token: &str) -> Self {
        self.json(&json!({"refresh_token": token}))
    }
}

impl TestApp {
    /// A refresh with this text where the app's policy has the refresh token.
    pub fn refresh_with(&self, token: &str) -> Request {
        self.with_refresh_token("/api/auth/refresh", token)
    }

    /// A logout with this text where the app's policy has the refresh token.
    pub fn log_out_with(&self, token: &str) -> Request {
        self.with_refresh_token("/api/auth/logout", token)
    }

    fn with_refresh_token(&self, path: &str, token: &str) -> Request {
        match cookie_name(self.keeps(), true) {
            Some(name) => self.post(path).header("cookie", format!("{name}={token}")),
            None => self.post(path).with_refresh_token(token),
        }
    }
}
