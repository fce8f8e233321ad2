//! The password: when it was changed, and the form to change it. The form is always open: password managers and links lead to it.

use leptos::prelude::*;

use super::{
    AccountState,
    rows::{moment, row},
};
use crate::{
    components::{Form, FormError, FormValues, Notice, PasswordField, Toast, format_relative},
    leptos_ext::{client_only_views, reactive_text},
    messages::messages,
};
use doorward::Error;
use doorward_api::{ChangePassword, ErrorCode};

#[component]
pub(super) fn Password(state: AccountState) -> impl IntoView {
    let toast = Toast::current();
    let change = async move |values: FormValues| {
        let form = ChangePassword {
            current_password: values.text("current_password"),
            new_password: values.text("new_password"),
        };
        toast.clear();
        state.session.change_password(&form).await.map_err(form_error)?;
        toast.show(messages().account.password_changed.to_owned());
        state.fetch().await;
        Ok(())
    };
    let breached = move || {
        state
            .read(|account| account.must_change_password)
            .unwrap_or_default()
            .then_some(messages().account.must_change_password)
    };
    let email = reactive_text(move || state.read(|account| account.email.clone()));
    let changed = client_only_views(move || {
        state.read(|account| moment(format_relative(&account.password_changed_at), account.password_changed_at.clone()))
    });
    view! {
        <section>
            <h2>{messages().form.password}</h2>
            <p>{messages().account.password_lead}</p>
            <Notice text=breached role="status"/>
            <dl class="rows">{row(messages().account.password_changed_at, changed)}</dl>
            <Form button=messages().account.change_password on_submit=change>
                // For password managers: the entry to update.
                <input hidden readonly autocomplete="username" value=email/>
                <PasswordField name="current_password" label=messages().account.current_password/>
                <PasswordField name="new_password" label=messages().account.new_password is_new=true/>
            </Form>
        </section>
    }
}

/// Invalid credentials are an error of the current password here.
fn form_error(error: Error) -> FormError {
    match error {
        Error::Problem(problem) if problem.code == ErrorCode::InvalidCredentials => {
            FormError::of_field("current_password", messages().account.wrong_current_password)
        }
        _ => error.into(),
    }
}
