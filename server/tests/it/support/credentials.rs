//! How a browser, and the page in it, present the credentials of a session.

use doorward_api::CredentialStorage;
use serde_json::json;

use super::{Browser, Request, TestApp};

/// The cookie that holds the credential; `None` where it is not stored in a cookie.
pub fn cookie_name(storage: CredentialStorage, is_secure: bool) -> Option<&'static str> {
    match (storage, is_secure) {
        (CredentialStorage::RefreshCookie, true) => Some("__Host-Http-refresh"),
        (CredentialStorage::RefreshCookie, false) => Some("refresh"),
        (CredentialStorage::SessionCookie, true) => Some("__Host-Http-session"),
        (CredentialStorage::SessionCookie, false) => Some("session"),
        (CredentialStorage::RefreshToken | CredentialStorage::AccessTokenOnly, _) => None,
    }
}

/// The cookie that makes a browser known, with and without `Secure`.
pub const DEVICE_COOKIES: [&str; 2] = ["__Host-Http-device", "device"];

/// The cookie with the ticket of a registration that waits for its code.
pub const REGISTRATION_COOKIE: &str = "__Host-Http-registration";

impl Request {
    /// Adds the browser's credential cookie, which a browser sends with every request.
    pub fn with_cookie_of(self, browser: &Browser) -> Self {
        match cookie_name(browser.credential_storage(), true) {
            Some(name) => self.header("cookie", format!("{name}={}", browser.credential)),
            None => self,
        }
    }

    /// Adds the browser's device cookie, which it keeps when its session has ended.
    pub fn with_device_cookie_of(self, browser: &Browser) -> Self {
        self.header("cookie", format!("{}={}", DEVICE_COOKIES[0], browser.device_cookie))
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
        if browser.credential_storage() == CredentialStorage::RefreshToken {
            request.with_refresh_token(&browser.credential)
        } else {
            request
        }
    }

    /// Adds a body with this refresh token.
    pub fn with_refresh_token(self, token: &str) -> Self {
        self.json(&json!({"refresh_token": token}))
    }
}

impl TestApp {
    /// A refresh with this text where the app's policy has the refresh token.
    pub fn refresh_with(&self, token: &str) -> Request {
        self.post_refresh_token("/api/auth/refresh", token)
    }

    /// A logout with this text where the app's policy has the refresh token.
    pub fn log_out_with(&self, token: &str) -> Request {
        self.post_refresh_token("/api/auth/logout", token)
    }

    fn post_refresh_token(&self, path: &str, token: &str) -> Request {
        match cookie_name(self.credential_storage(), true) {
            Some(name) => self.post(path).header("cookie", format!("{name}={token}")),
            None => self.post(path).with_refresh_token(token),
        }
    }
}
