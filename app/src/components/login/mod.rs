//! The form to log in, on its page and over an expired session: with a password, and a second step where the account requires one,
//! or with a passkey.

mod factors;
mod passkey;

use leptos::prelude::*;

use self::passkey::{PasskeyButton, PasskeyLogin};
use super::{Form, FormValues, PasswordField, Reauth, TextField};
use crate::{
    leptos_ext::{State, effect},
    messages::messages,
};
use doorward::{LoginOutcome, PendingLogin, use_session};
use doorward_api::Login;

pub use factors::{Factors, Proves};

/// How far a login has come. It is lost with the page.
#[derive(Clone, Copy)]
pub struct LoginSteps {
    /// The password was right, and a second factor is required.
    pub(crate) pending: State<Option<PendingLogin>>,
    /// Whether it had to start again.
    pub(crate) is_expired: RwSignal<bool>,
}

impl LoginSteps {
    pub fn begin() -> Self {
        Self { pending: State::new(None), is_expired: RwSignal::new(false) }
    }

    fn start_again(self, is_expired: bool) {
        _ = self.is_expired.try_set(is_expired);
        self.pending.set(None);
    }
}

#[component]
pub fn LoginForm(
    steps: LoginSteps,
    /// False in a dialog over the page.
    is_in_page: bool,
) -> impl IntoView {
    let session = use_session();
    let reauth: Reauth = expect_context();
    let passkey = PasskeyLogin::new();
    if is_in_page {
        // Not while the server renders.
        effect(move || passkey.offer());
    }
    let log_in = async move |values: FormValues| {
        let form = Login { email: values.text("email"), password: values.text("password") };
        steps.is_expired.set(false);
        passkey.stop();
        let reply = session.login(&form).await;
        reauth.remember_email(&form.email);
        match reply {
            Ok(LoginOutcome::LoggedIn) => reauth.on_login(),
            Ok(LoginOutcome::SecondFactorRequired(pending)) => steps.pending.set(Some(pending)),
            Err(error) => {
                if is_in_page {
                    passkey.offer();
                }
                return Err(error.into());
            }
        }
        Ok(())
    };
    let email = move || Some(reauth.email()).filter(|email| !email.is_empty());
    view! {
        <Form button=messages().login.button on_submit=log_in is_in_page>
            <TextField
                name="email"
                label=messages().form.email
                is_email=true
                takes_focus=is_in_page
                autocomplete="username webauthn"
                value=email
            />
            <PasswordField name="password" label=messages().form.password/>
        </Form>
        <PasskeyButton login=passkey/>
    }
}
