//! Users who set up an authenticator app.

use doorward_api::{AccountSecurity, RecoveryCodes, TotpSetup};
use serde_json::{Value, json};
use server::model::totp::{Seed, step_at};

use super::{Browser, Response, TestApp};

/// An authenticator app that has read the seed of a set-up.
pub struct AuthenticatorApp(Seed);

impl AuthenticatorApp {
    pub fn scan(setup: &TotpSetup) -> Self {
        Self(Seed::from_bytes(&decode(&setup.secret)).expect("160 bits"))
    }

    /// What the app shows now.
    pub fn code(&self, app: &TestApp) -> String {
        self.0.code(step_at(app.now()))
    }

    /// As a second factor in a body.
    pub fn factor(&self, app: &TestApp) -> Value {
        json!({"totp": self.code(app)})
    }
}

/// Base32 (RFC 4648), written without the server's.
fn decode(text: &str) -> Vec<u8> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'2'..=b'7' => c - b'2' + 26,
        _ => panic!("{text} is not base32"),
    };
    let bits: Vec<u8> =
        text.bytes().map(value).flat_map(|five| (0..5).rev().map(move |bit| (five >> bit) & 1)).collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |byte, bit| (byte << 1) | bit)).collect()
}

impl Browser {
    pub async fn begin_totp(&self) -> TotpSetup {
        self.post("/api/account/totp").await.assert_status(200).parse()
    }

    pub async fn finish_totp(&self, code: &str) -> Response {
        self.request("PUT", "/api/account/totp").json(&json!({"code": code})).await
    }

    /// Sets up an authenticator app; returns it with the recovery codes that were made.
    pub async fn set_up_totp(&self) -> (AuthenticatorApp, Vec<String>) {
        let authenticator = AuthenticatorApp::scan(&self.begin_totp().await);
        let codes = self.finish_totp(&authenticator.code(&self.app)).await.assert_status(200);
        let codes: RecoveryCodes = codes.parse();
        (authenticator, codes.recovery_codes)
    }

    /// Waits for the next code, confirms with it, and stores the new access token.
    pub async fn confirm_with_app(&mut self, authenticator: &AuthenticatorApp) {
        self.app.advance(30);
        let factor = authenticator.factor(&self.app);
        self.token_response = self.confirm_with_factor(&factor).await.assert_status(200).parse();
    }

    /// The second factors of the account.
    pub async fn security(&self) -> AccountSecurity {
        self.get("/api/account/security").await.assert_status(200).parse()
    }
}
