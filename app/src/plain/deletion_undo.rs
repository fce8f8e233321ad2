//! `/deletion/undo`: keeps an account that is going to be deleted, with the link of a mail.

use leptos::prelude::*;

use super::form::{FieldState, error_summary};
use crate::messages::{self, messages};
use doorward_api::Problem;

pub fn deletion_undo_title() -> String {
    messages().recovery.deletion_title.to_owned()
}

/// The question, with nothing chosen. `until` is in words, in UTC.
pub fn deletion_undo(
    token: String,
    masked_email: &str,
    until: &str,
    problem: Option<&Problem>,
) -> impl IntoView + use<> {
    let text = &messages().recovery;
    let field = FieldState::of(problem, "answer", false);
    view! {
        <h1>{text.deletion_title}</h1>
        <p class="lead">{messages::deletion_of(masked_email, until)}</p>
        <div class="card">
            <form method="post" action="/deletion/undo" novalidate>
                {error_summary(problem)}
                <input type="hidden" name="token" value=token/>
                <fieldset class="choices" aria-describedby=field.described_by()>
                    <legend>{text.answer}</legend>
                    {field.error()}
                    <p><label><input type="radio" id="answer" name="answer" value="keep" required/>" "{text.keep_account}</label></p>
                    <p><label><input type="radio" name="answer" value="delete" required/>" "{text.delete_account}</label></p>
                </fieldset>
                <button class="button">{text.continue_button}</button>
            </form>
        </div>
    }
}

/// What the user has chosen.
#[derive(Clone, Copy)]
pub enum DeletionAnswer {
    Kept,
    Unchanged,
}

pub fn deletion_answered_title(answer: DeletionAnswer) -> String {
    let text = &messages().recovery;
    match answer {
        DeletionAnswer::Kept => text.account_kept_title,
        DeletionAnswer::Unchanged => text.unchanged_title,
    }
    .to_owned()
}

/// `has_reset`: whether a new password can be set by mail.
pub fn deletion_answered(answer: DeletionAnswer, has_reset: bool) -> impl IntoView {
    let text = &messages().recovery;
    let is_kept = matches!(answer, DeletionAnswer::Kept);
    let reset = (is_kept && has_reset).then(|| {
        view! { <p>{text.set_password_if_stranger}" "<a href="/forgot">{text.get_link}</a></p> }
    });
    let log_in = is_kept.then(|| view! { <p><a class="button" href="/login">{messages().login.button}</a></p> });
    view! {
        <h1>{deletion_answered_title(answer)}</h1>
        <p class="lead">{if is_kept { text.account_kept } else { text.unchanged }}</p>
        {log_in}
        {reset}
    }
}
