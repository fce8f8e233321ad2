//! `/not-me`: reports that a login or a change was a stranger's, with the link of a notice.

use leptos::prelude::*;

use super::form::{FieldState, error_summary};
use crate::messages::{self, messages};
use doorward_api::{AuditEvent, Problem};

/// What a notice has said.
pub struct Notice {
    pub event: AuditEvent,
    /// In words, in UTC.
    pub at: String,
}

pub fn not_me_title() -> String {
    messages().recovery.not_me_title.to_owned()
}

/// The question, with nothing chosen.
pub fn not_me(token: String, notice: &Notice, problem: Option<&Problem>) -> impl IntoView + use<> {
    let text = &messages().recovery;
    let field = FieldState::of(problem, "answer", false);
    let device = notice.event.device.as_ref().map(messages::device);
    view! {
        <h1>{text.not_me_title}</h1>
        <p class="lead">{messages::reported_event(&notice.event)}"."</p>
        <dl class="rows">
            {device.map(|device| view! { <div><dt>{text.happened_on}</dt><dd>{device}</dd></div> })}
            <div><dt>{text.happened_at}</dt><dd>{notice.at.clone()}</dd></div>
        </dl>
        <p>{text.consequence}</p>
        <div class="card">
            <form method="post" action="/not-me" novalidate>
                {error_summary(problem)}
                <input type="hidden" name="token" value=token/>
                <fieldset class="choices" aria-describedby=field.described_by()>
                    <legend>{text.answer}</legend>
                    {field.error()}
                    <p><label><input type="radio" id="answer" name="answer" value="me" required/>" "{text.was_me}</label></p>
                    <p><label><input type="radio" name="answer" value="not_me" required/>" "{text.was_not_me}</label></p>
                </fieldset>
                <button class="button">{text.continue_button}</button>
            </form>
        </div>
    }
}

pub fn not_me_thanks_title() -> String {
    messages().recovery.thanks_title.to_owned()
}

pub fn not_me_thanks() -> impl IntoView {
    let text = &messages().recovery;
    view! {
        <h1>{text.thanks_title}</h1>
        <p class="lead">{text.thanks}</p>
        <p><a href="/login">{text.back_to_login}</a></p>
    }
}
