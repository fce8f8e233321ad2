//! The dialog in which the user confirms that it is still them, for what requires a recent proof: with the password and, if the account
//! has one, the second factor, or with a passkey alone.

use leptos::{ev::KeyboardEvent, prelude::*, task::spawn_local};

use super::{Reauth, dialog::restore_focus_on_cleanup};
use crate::{
    components::{Factors, Form, FormError, FormValues, PasswordField, focus_on, form::is_escape, show_modal},
    leptos_ext::{ClientOnly, client_only_views, live_text},
    messages::messages,
    page_data::PageData,
};
use doorward::{Error, PendingLogin, use_session};
use doorward_api::{AccountSecurity, Confirm, ErrorCode, FactorKind, SecondFactor};

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
    show_modal("step-up", Some("password"));
    restore_focus_on_cleanup(reauth);
    // The right password, while its second factor is missing.
    let password = RwSignal::new(None::<String>);
    // Until the server has said which kinds it takes: those that can confirm alone.
    let methods = RwSignal::new(Vec::new());
    if PageData::current().has_passkeys {
        spawn_local(async move {
            if let Ok(security) = session.get::<AccountSecurity>("/api/account/security").await
                && security.passkeys.iter().any(|passkey| passkey.this_host)
                && password.try_with_untracked(Option::is_none) == Some(true)
            {
                methods.set(vec![FactorKind::Passkey]);
            }
        });
    }
    let send = async move |values: FormValues| {
        let form = Confirm { password: values.text("password"), ..Confirm::default() };
        match session.confirm(&form).await {
            Err(Error::Problem(problem)) if problem.code == ErrorCode::SecondFactorRequired => {
                password.set(Some(form.password));
                methods.set(problem.methods.unwrap_or_default());
                focus_on("totp".to_owned());
                Ok(())
            }
            reply => reply.map_err(form_error),
        }
    };
    let send_factor = async move |factor: SecondFactor| {
        let SecondFactor { totp, recovery_code, passkey, .. } = factor;
        let password = password.get_untracked().unwrap_or_default();
        session.confirm(&Confirm { password, totp, recovery_code, passkey }).await
    };
    let on_key = move |event: KeyboardEvent| {
        if is_escape(&event) {
            // Chromium would close a dialog below as well, if there was no click between the two.
            event.prevent_default();
            session.cancel_confirmation();
        }
    };
    let is_first_step = Memo::new(move |_| password.read().is_none());
    let first_step = move || {
        ClientOnly::new(move || {
            view! {
                <Form button=texts.confirm on_submit=send is_in_page=false>
                    // For password managers: the entry to fill in.
                    <input hidden readonly autocomplete="username" value=reauth.email()/>
                    <PasswordField name="password" label=messages().form.password/>
                </Form>
            }
        })
    };
    let factors = move || {
        // A confirmation has no ticket.
        let pending = PendingLogin { ticket: String::new(), methods: methods.get(), expires_in: 0 };
        Some(ClientOnly::new(move || {
            view! {
                <Factors
                    pending
                    button=texts.confirm
                    on_factor=send_factor
                    leave=messages().shell.cancel
                    on_leave=move |_| session.cancel_confirmation()
                />
            }
        }))
    };
    view! {
        <dialog
            id="step-up"
            aria-labelledby="step-up-title"
            aria-describedby="step-up-description"
            on:keydown=on_key
            on:close=move |_| session.cancel_confirmation()
        >
            <h2 id="step-up-title">{texts.confirm_title}</h2>
            <p id="step-up-description">
                {live_text(move || if is_first_step.get() { texts.confirm_description } else { texts.confirm_second_step })}
            </p>
            {client_only_views(move || is_first_step.get().then(first_step))}
            {client_only_views(factors)}
        </dialog>
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
