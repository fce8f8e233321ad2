//! The dialog in which the user confirms that it is still them, for what requires a recent proof: with the password and, if the account
//! has one, the second factor, or with a passkey alone.

use leptos::{prelude::*, task::spawn_local};

use super::{Reauth, dialog::restore_focus_on_cleanup};
use crate::{
    components::{Factors, Form, FormError, FormValues, Modal, PasswordField, Proves, focus_on},
    leptos_ext::{ClientOnly, State, client_only_views, live_text},
    messages::messages,
    passkeys,
};
use doorward::{Error, PendingLogin, use_session};
use doorward_api::{AccountSecurity, Confirm, ErrorCode, FactorKind};

/// Opens while requests wait for a confirmation, over the page or over another dialog.
#[component]
pub fn StepUpDialog() -> impl IntoView {
    let is_open = use_session().confirmation_requested();
    client_only_views(move || is_open.get().then(|| ClientOnly::new(move || view! { <Dialog/> })))
}

#[component]
fn Dialog() -> impl IntoView {
    let (session, reauth) = (use_session(), expect_context::<Reauth>());
    let texts = &messages().reauth;
    restore_focus_on_cleanup(reauth);
    // The right password, while its second factor is missing.
    let password = RwSignal::new(None::<String>);
    // Until the server has said which factors it takes: those that can confirm alone. A confirmation has no ticket.
    let pending = State::new(Some(PendingLogin { ticket: String::new(), methods: Vec::new(), expires_in: 0 }));
    let set_methods = move |methods| pending.set(Some(PendingLogin { ticket: String::new(), methods, expires_in: 0 }));
    if passkeys::is_supported() {
        spawn_local(async move {
            if let Ok(security) = session.get::<AccountSecurity>("/api/account/security").await
                && security.passkeys.iter().any(|passkey| passkey.this_host)
                && password.try_get_untracked() == Some(None)
            {
                set_methods(vec![FactorKind::Passkey]);
            }
        });
    }
    let send = async move |values: FormValues| {
        let form = Confirm { password: Some(values.text("password")), ..Confirm::default() };
        match session.confirm(&form).await {
            Err(Error::Problem(problem)) if problem.code == ErrorCode::SecondFactorRequired => {
                password.set(form.password);
                set_methods(problem.methods.unwrap_or_default());
                focus_on("totp".to_owned());
                Ok(())
            }
            reply => reply.map_err(form_error),
        }
    };
    let description =
        live_text(
            move || {
                if password.read().is_none() { texts.confirm_description } else { texts.confirm_second_step }
            },
        );
    let step = move || {
        let is_first = password.read().is_none();
        is_first.then(|| {
            ClientOnly::new(move || {
                view! {
                    <Form button=texts.confirm on_submit=send is_in_page=false>
                        // For password managers: the entry to fill in.
                        <input hidden readonly autocomplete="username" value=reauth.email()/>
                        <PasswordField name="password" label=messages().form.password/>
                    </Form>
                }
            })
        })
    };
    let proves = Proves::Confirmation(password);
    let factors = move || pending.get().map(|pending| ClientOnly::new(move || view! { <Factors proves pending/> }));
    view! {
        <Modal
            id="step-up"
            title=texts.confirm_title.to_owned()
            description
            focus="password"
            on_close=move || session.cancel_confirmation()
        >
            {client_only_views(step)}
            {client_only_views(factors)}
        </Modal>
    }
}

/// Invalid credentials are an error of the password here.
fn form_error(error: Error) -> FormError {
    match error {
        Error::Problem(problem) if problem.code == ErrorCode::InvalidCredentials => {
            FormError::of_field("password", messages().reauth.wrong_password)
        }
        _ => error.into(),
    }
}
