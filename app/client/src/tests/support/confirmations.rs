//! Confirmations: the server that requires a recent proof of the user, and the tab whose application asks for one.

use std::time::Duration;

use doorward_api::{Confirm, PasskeyAssertion, PolicyName};
use leptos::prelude::GetUntracked;
use serde_json::Value;

use super::{
    call::Call,
    endpoints::token_number,
    factors::{RIGHT_CODE, second_factor_required},
    replies::{Reply, problem, reply},
    server::{Received, Server},
    tab::Tab,
};
use crate::confirmation::confirm;

pub(in crate::tests) const CONFIRM: &str = "/api/auth/confirm";

/// Requires a proof of the user that is not older than [`CONFIRM_WITHIN`].
pub(in crate::tests) const DANGEROUS: &str = "/api/dangerous";

pub(in crate::tests) const CONFIRM_WITHIN: Duration = Duration::from_mins(2);

/// The password of every user.
const PASSWORD: &str = "correct horse";

impl Server {
    /// The user confirms in a tab that sends no message.
    pub(in crate::tests) fn is_confirmed_elsewhere(&self, now: Duration) {
        let session = self.present_session().expect("a session");
        self.sessions.borrow_mut()[session].auth_time = now;
    }

    pub(super) fn confirm(&self, now: Duration, received: &Received, cookie: Option<usize>, body: &Value) -> Reply {
        let guarded = self.guarded(now, received, cookie);
        if !matches!(&guarded, Reply::Response(response) if response.is_success()) {
            return guarded;
        }
        if body["passkey"].is_null() {
            if body["password"] != PASSWORD {
                return problem(401, "invalid_credentials");
            }
            if self.requires_factor.get() && body["totp"] != RIGHT_CODE {
                return second_factor_required();
            }
        }
        let session = self.session_of(received, cookie);
        self.sessions.borrow_mut()[session].auth_time = now;
        reply(200, self.issue(session, None, now).to_string())
    }

    /// Under `server-session` the proof is in the row, otherwise in the token.
    pub(super) fn dangerous(&self, now: Duration, received: &Received, cookie: Option<usize>) -> Reply {
        let guarded = self.guarded(now, received, cookie);
        if !matches!(&guarded, Reply::Response(response) if response.is_success()) {
            return guarded;
        }
        let auth_time = match received.bearer.as_deref() {
            Some(bearer) => self.issued.borrow()[token_number(bearer)].auth_time,
            None => self.sessions.borrow()[self.session_of(received, cookie)].auth_time,
        };
        if now < auth_time + CONFIRM_WITHIN { guarded } else { problem(401, "step_up_required") }
    }
}

impl Tab {
    /// A page on which Ada is logged in, whose last proof is too old for what is dangerous, and which asks for another one.
    pub(in crate::tests) fn with_old_proof(policy: PolicyName) -> Self {
        let tab = Self::logged_in(policy);
        tab.watch_confirmations();
        tab.advance(CONFIRM_WITHIN);
        tab
    }

    /// The application of the tab asks its user for confirmations.
    pub(in crate::tests) fn watch_confirmations(&self) {
        drop(self.client.step_up.watch());
    }

    /// Whether the application shows a dialog.
    pub(in crate::tests) fn asks_for_confirmation(&self) -> bool {
        self.client.step_up.watch().get_untracked()
    }

    pub(in crate::tests) fn confirm(&self) -> Call<()> {
        self.confirm_with(PASSWORD)
    }

    pub(in crate::tests) fn confirm_with(&self, password: &str) -> Call<()> {
        self.confirm_by(&Confirm { password: Some(password.to_owned()), ..Confirm::default() })
    }

    /// Confirms with the password and a code of the authenticator app.
    pub(in crate::tests) fn confirm_with_code(&self, code: &str) -> Call<()> {
        let (password, totp) = (Some(PASSWORD.to_owned()), Some(code.to_owned()));
        self.confirm_by(&Confirm { password, totp, ..Confirm::default() })
    }

    pub(in crate::tests) fn confirm_with_passkey(&self) -> Call<()> {
        self.confirm_by(&Confirm { passkey: Some(PasskeyAssertion::default()), ..Confirm::default() })
    }

    fn confirm_by(&self, form: &Confirm) -> Call<()> {
        self.start(confirm(&self.client, form))
    }

    pub(in crate::tests) fn cancel_confirmation(&self) {
        self.client.step_up.cancel();
        self.run();
    }
}
