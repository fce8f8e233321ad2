//! `/not-me`: reports that a login or a change was a stranger's, with the link of a notice.

use leptos::prelude::*;

use super::form::choice_form;
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
    let device = notice.event.device.as_ref().map(messages::device);
    view! {
        <h1>{text.not_me_title}</h1>
        <p class="lead">{messages::reported_event(&notice.event)}"."</p>
        <dl class="rows">
            {device.map(|device| view! { <div><dt>{text.happened_on}</dt><dd>{device}</dd></div> })}
            <div><dt>{text.happened_at}</dt><dd>{notice.at.clone()}</dd></div>
        </dl>
        <p>{text.consequence}</p>
        {choice_form("/not-me", token, [("me", text.was_me.to_owned()), ("not_me", text.was_not_me.to_owned())], problem)}
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
