//! The button to invite a user, with the form in place of it.

use leptos::prelude::*;

use super::state::UsersState;
use crate::{
    RegistrationMode,
    components::{Form, FormError, FormValues, TextField, focus_on},
    leptos_ext::ClientOnly,
    messages::{self, messages},
    page_data::PageData,
};
use doorward::Error;
use doorward_api::{ErrorCode, Invitation, InviteUser};

/// Where the server can send the invitation, and accepts it.
pub fn invitation(state: &UsersState) -> Option<ClientOnly> {
    let (state, page) = (*state, PageData::current());
    let can_invite = page.has_mail && page.registration != RegistrationMode::Closed && !state.is_forbidden();
    can_invite.then(|| {
        if state.is_inviting.get() {
            ClientOnly::new(move || view! { <InvitationForm state/> })
        } else {
            ClientOnly::new(move || view! { <InviteButton state/> })
        }
    })
}

#[component]
fn InviteButton(state: UsersState) -> impl IntoView {
    let open = move |_| {
        state.toast.clear();
        state.is_inviting.set(true);
        focus_on("email".to_owned());
    };
    view! {
        <p class="links">
            <button type="button" class="quiet" id="invite" on:click=open>{messages().users.invite}</button>
        </p>
    }
}

#[component]
fn InvitationForm(state: UsersState) -> impl IntoView {
    let close = move || {
        state.is_inviting.set(false);
        focus_on("invite".to_owned());
    };
    let invite = async move |values: FormValues| {
        let roles = values.text("roles").split_ascii_whitespace().map(str::to_owned).collect();
        let form = InviteUser { email: values.text("email"), name: None, roles };
        let invited: Result<Invitation, Error> = state.session.post("/api/admin/users").json(&form).await;
        state.toast.show(messages::invitation_sent_to(&invited.map_err(form_error)?.email));
        if !state.paging.load().is_disposed() {
            close();
        }
        Ok(())
    };
    view! {
        <div class="card">
            <Form button=messages().users.send_invitation on_submit=invite on_cancel=close>
                <TextField name="email" label=messages().form.email is_email=true autocomplete="off"/>
                <TextField name="roles" label=messages().users.roles autocomplete="off" is_optional=true/>
            </Form>
        </div>
    }
}

/// An email that has an account is an error of its field.
fn form_error(error: Error) -> FormError {
    match &error {
        Error::Problem(problem) if problem.code == ErrorCode::EmailTaken => {
            FormError::of_field("email", &messages::error(&error))
        }
        _ => error.into(),
    }
}
