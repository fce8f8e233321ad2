//! `/reset`: sets a new password, with the link of a mail.

use leptos::prelude::*;

use super::form::{at_second_factor, error_summary, new_password_field, second_factor_field, username_field};
use crate::messages::{self, messages};
use doorward_api::Problem;

pub fn reset_title() -> String {
    messages().recovery.reset_title.to_owned()
}

/// What the page shows.
pub struct ResetForm<'a> {
    pub token: String,
    /// For password managers.
    pub email: String,
    /// What people see of the email.
    pub masked_email: &'a str,
    pub min_length: usize,
    /// Whether the account requires a second factor.
    pub has_second_step: bool,
    pub problem: Option<Problem>,
}

pub fn reset(form: ResetForm<'_>) -> impl IntoView + use<> {
    let text = &messages().recovery;
    let problem = form.problem.map(at_second_factor);
    let problem = problem.as_ref();
    view! {
        <h1>{text.reset_title}</h1>
        <p class="lead">{messages::set_for(form.masked_email)}</p>
        <div class="card">
            <form method="post" action="/reset" novalidate>
                {error_summary(problem)}
                <input type="hidden" name="token" value=form.token/>
                {username_field(form.email)}
                {new_password_field(text.new_password, messages::minimum_length(form.min_length), problem)}
                {form.has_second_step.then(|| second_factor_field(problem, false))}
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
