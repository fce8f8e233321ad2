//! `/reset`: sets a new password, with the link of a mail.

use leptos::prelude::*;

use super::form::{FieldState, error_summary};
use crate::messages::{self, messages};
use doorward_api::Problem;

pub fn reset_title() -> String {
    messages().recovery.reset_title.to_owned()
}

/// The form. `email` is for password managers; people see `masked_email`.
pub fn reset(
    token: String,
    email: String,
    masked_email: &str,
    min_length: usize,
    problem: Option<&Problem>,
) -> impl IntoView + use<> {
    let text = &messages().recovery;
    let field = FieldState::of(problem, "password", true);
    view! {
        <h1>{text.reset_title}</h1>
        <p class="lead">{messages::set_for(masked_email)}</p>
        <div class="card">
            <form method="post" action="/reset" novalidate>
                {error_summary(problem)}
                <input type="hidden" name="token" value=token/>
                <input
                    class="visually-hidden"
                    type="text"
                    name="username"
                    value=email
                    autocomplete="username"
                    readonly
                    tabindex="-1"
                    aria-hidden="true"
                />
                <div class="field">
                    <label for="password">{text.new_password}</label>
                    {field.error()}
                    <input
                        id="password"
                        name="password"
                        type="password"
                        autocomplete="new-password"
                        autocapitalize="none"
                        spellcheck="false"
                        required
                        aria-invalid=field.invalid()
                        aria-describedby=field.described_by()
                    />
                    <p class="hint" id="password-hint">{messages::minimum_length(min_length)}</p>
                </div>
                <button class="button">{text.set_password}</button>
            </form>
        </div>
    }
}

pub fn reset_done_title() -> String {
    messages().recovery.done_title.to_owned()
}

pub fn reset_done() -> impl IntoView {
    let text = &messages().recovery;
    view! {
        <h1>{text.done_title}</h1>
        <p class="lead">{text.done}</p>
        <p><a class="button" href="/login">{messages().login.button}</a></p>
    }
}

pub fn dead_link_title() -> String {
    messages().recovery.dead_title.to_owned()
}

/// A link whose token is unknown, used, expired or superseded: one answer.
pub fn dead_link() -> impl IntoView {
    let text = &messages().recovery;
    view! {
        <h1>{text.dead_title}</h1>
        <p class="lead">{text.dead}</p>
        <p><a href="/forgot">{text.get_link}</a>" · "<a href="/login">{text.back_to_login}</a></p>
    }
}
