//! `/reset`: sets a new password, with the link of a mail.

use leptos::prelude::*;

use super::form::{error_summary, new_password_field, username_field};
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
    view! {
        <h1>{text.reset_title}</h1>
        <p class="lead">{messages::set_for(masked_email)}</p>
        <div class="card">
            <form method="post" action="/reset" novalidate>
                {error_summary(problem)}
                <input type="hidden" name="token" value=token/>
                {username_field(email)}
                {new_password_field(text.new_password, messages::minimum_length(min_length), problem)}
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
