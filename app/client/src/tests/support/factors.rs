//! Logins in two steps, and passkeys.

use std::rc::Rc;

use doorward_api::{ChallengePurpose, Login, PasskeyLogin, SecondFactor};

use super::{
    call::Call,
    replies::{Reply, reply},
    tab::Tab,
};
use crate::{LoginOutcome, PendingLogin, login};

pub(in crate::tests) const FACTOR: &str = "/api/auth/login/factor";
pub(in crate::tests) const PASSKEY_LOGIN: &str = "/api/auth/login/passkey";
pub(in crate::tests) const CHALLENGE: &str = "/api/auth/challenge";

pub(in crate::tests) const RIGHT_CODE: &str = "123 456";

/// The response to a right password of an account that requires a second factor.
pub(super) fn second_factor_required() -> Reply {
    let problem = r#"{"type":"","title":"","status":401,"code":"second_factor_required","ticket":"login-ticket",
        "methods":["passkey","totp","retina_scan"],"expires_in":300}"#;
    reply(401, problem)
}

pub(super) fn challenge() -> Reply {
    reply(200, r#"{"publicKey":{},"expires_in":600}"#)
}

impl Tab {
    pub(in crate::tests) fn log_in_with_password(&self) -> Call<LoginOutcome> {
        let client = Rc::clone(&self.client);
        let form = Login { email: "ada".to_owned(), ..Login::default() };
        self.start(async move { login::login(&client, &form).await })
    }

    pub(in crate::tests) fn finish_login(&self, pending: &PendingLogin, code: &str) -> Call<()> {
        let client = Rc::clone(&self.client);
        let form =
            SecondFactor { ticket: pending.ticket.clone(), totp: Some(code.to_owned()), ..SecondFactor::default() };
        self.start(async move { login::finish(&client, &form).await })
    }

    pub(in crate::tests) fn log_in_with_passkey(&self) -> Call<()> {
        let client = Rc::clone(&self.client);
        self.start(async move { login::with_passkey(&client, &PasskeyLogin::default()).await })
    }

    pub(in crate::tests) fn challenge(&self, purpose: ChallengePurpose, ticket: Option<&'static str>) -> Call<String> {
        let client = Rc::clone(&self.client);
        self.start(async move { login::challenge(&client, purpose, ticket).await })
    }
}
