//! The dialog in which the user confirms with the password that it is still them, for what requires a recent proof.

use leptos::prelude::*;

use super::{Reauth, dialog::restore_focus_on_cleanup};
use crate::{
    components::{Form, FormError, FormValues, PasswordField, show_modal},
    leptos_ext::{ClientOnly, client_only_views},
    messages::messages,
};
use doorward::{Error, use_session};
use doorward_api::ErrorCode;

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
    let confirm = async move |values: FormValues| session.confirm(&values.text("password")).await.map_err(form_error);
    view! {
        <dialog
            id="step-up"
            aria-labelledby="step-up-title"
            aria-describedby="step-up-description"
            on:close=move |_| session.cancel_confirmation()
        >
            <h2 id="step-up-title">{texts.confirm_title}</h2>
            <p id="step-up-description">{texts.confirm_description}</p>
            <Form
                button=texts.confirm
                on_submit=confirm
                on_cancel=move || session.cancel_confirmation()
                is_in_page=false
            >
                // For password managers: the entry to fill in.
                <input hidden readonly autocomplete="username" value=reauth.email()/>
                <PasswordField name="password" label=messages().form.password/>
            </Form>
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
