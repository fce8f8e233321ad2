//! `/factor-reset/undo`: keeps the second factors that an administrator has asked to remove, with the link of a mail.

use leptos::prelude::*;

use super::form::{FieldState, error_summary};
use crate::messages::{self, messages};
use doorward_api::Problem;

pub fn factor_reset_undo_title() -> String {
    messages().recovery.factors_title.to_owned()
}

/// The question, with nothing chosen. `until` is in words, in UTC.
pub fn factor_reset_undo(
    token: String,
    masked_email: &str,
    until: &str,
    problem: Option<&Problem>,
) -> impl IntoView + use<> {
    let text = &messages().recovery;
    let field = FieldState::of(problem, "answer", false);
    view! {
        <h1>{text.factors_title}</h1>
        <p class="lead">{messages::factor_reset_of(masked_email, until)}</p>
        <div class="card">
            <form method="post" action="/factor-reset/undo" novalidate>
                {error_summary(problem)}
                <input type="hidden" name="token" value=token/>
                <fieldset class="choices" aria-describedby=field.described_by()>
                    <legend>{text.answer}</legend>
                    {field.error()}
                    <p><label><input type="radio" id="answer" name="answer" value="keep" required/>" "{text.keep_factors}</label></p>
                    <p><label><input type="radio" name="answer" value="remove" required/>" "{text.remove_factors}</label></p>
                </fieldset>
                <button class="button">{text.continue_button}</button>
            </form>
        </div>
    }
}

/// What the user has chosen.
#[derive(Clone, Copy)]
pub enum FactorResetAnswer {
    Kept,
    Unchanged,
}

pub fn factor_reset_answered_title(answer: FactorResetAnswer) -> String {
    let text = &messages().recovery;
    match answer {
        FactorResetAnswer::Kept => text.factors_kept_title,
        FactorResetAnswer::Unchanged => text.unchanged_title,
    }
    .to_owned()
}

pub fn factor_reset_answered(answer: FactorResetAnswer) -> impl IntoView {
    let text = &messages().recovery;
    let is_kept = matches!(answer, FactorResetAnswer::Kept);
    view! {
        <h1>{factor_reset_answered_title(answer)}</h1>
        <p class="lead">{if is_kept { text.factors_kept } else { text.factors_unchanged }}</p>
    }
}
