//! Passkeys of a browser.

use doorward_api::Passkey;
use serde_json::{Value, json};

use super::{Authenticator, Browser, Response, TestApp};

impl TestApp {
    /// The `publicKey` of a challenge for a login.
    pub async fn login_challenge(&self) -> Value {
        let response = self.post("/api/auth/challenge").json(&json!({"purpose": "login"})).await;
        response.assert_status(200).json()["publicKey"].clone()
    }

    /// Sends a proof with a passkey.
    pub async fn send_passkey(&self, proof: &Value) -> Response {
        self.post("/api/auth/login/passkey").json(&json!({"passkey": proof})).await
    }

    /// Logs in with a passkey, in a browser that is not known.
    pub async fn log_in_with_passkey(&self, authenticator: &mut Authenticator) -> Response {
        let proof = authenticator.prove(&self.login_challenge().await);
        self.send_passkey(&proof).await
    }
}

impl Browser {
    /// The `publicKey` of a challenge for a new passkey, or for a confirmation.
    pub async fn challenge(&self, purpose: &str) -> Value {
        let response = self.post("/api/auth/challenge").json(&json!({"purpose": purpose})).await;
        response.assert_status(200).json()["publicKey"].clone()
    }

    /// Sends the answer of an authenticator that has made a passkey.
    pub async fn send_new_passkey(&self, answer: &Value) -> Response {
        self.post("/api/account/passkeys").json(&json!({"passkey": answer})).await
    }

    /// Makes a passkey in this authenticator, and adds it.
    pub async fn add_passkey(&self, authenticator: &mut Authenticator) -> Response {
        let answer = authenticator.register(&self.challenge("passkey").await);
        self.send_new_passkey(&answer).await
    }

    /// Adds a passkey, which must succeed, and returns it with its authenticator.
    pub async fn added_passkey(&self) -> (Passkey, Authenticator) {
        let mut authenticator = Authenticator::default();
        let response = self.add_passkey(&mut authenticator).await;
        (response.assert_status(201).parse(), authenticator)
    }

    pub async fn remove_passkey(&self, passkey: &Passkey) -> Response {
        self.request("DELETE", &format!("/api/account/passkeys/{}", passkey.id)).await
    }

    pub async fn rename_passkey(&self, passkey: &Passkey, name: &str) -> Response {
        let request = self.request("PATCH", &format!("/api/account/passkeys/{}", passkey.id));
        request.json(&json!({"name": name})).await
    }
}
