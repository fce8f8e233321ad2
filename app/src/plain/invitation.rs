//! `/invite`: creates the account of an invitation.

use leptos::prelude::*;

use super::form::{FieldState, error_summary, new_password_field, username_field};
use crate::messages::{self, messages};
use doorward_api::Problem;

pub fn invitation_title() -> String {
    messages().register.title.to_owned()
}

/// The form. Its address has the token.
pub fn invitation(
    email: String,
    name: Option<String>,
    min_length: usize,
    problem: Option<&Problem>,
) -> impl IntoView + use<> {
    let (text, form) = (&messages().register, &messages().form);
    let name_field = FieldState::of(problem, "name", false);
    view! {
        <h1>{text.title}</h1>
        <p class="lead">{messages::invited_as(&email)}</p>
        <div class="card">
            <form method="post" novalidate>
                {error_summary(problem)}
                <div class="field">
                    <label for="name">{form.name}</label>
                    {name_field.error()}
                    <input
                        id="name"
                        name="name"
                        type="text"
                        dir="auto"
                        autocomplete="name"
                        required
                        value=name
                        aria-invalid=name_field.invalid()
                        aria-describedby=name_field.described_by()
                    />
                </div>
                {username_field(email)}
                {new_password_field(form.password, messages::min_length(min_length), problem)}
                <button class="button">{text.button}</button>
            </form>
        </div>
    }
}

pub fn invalid_invitation_title() -> String {
    messages().invitation.invalid_title.to_owned()
}

/// An invitation that is unknown, used, expired or superseded: one answer.
pub fn invalid_invitation() -> impl IntoView {
    let text = &messages().invitation;
    view! {
        <h1>{text.invalid_title}</h1>
        <p class="lead">{text.invalid}</p>
        <p><a href="/login">{messages().register.log_in}</a></p>
    }
}
