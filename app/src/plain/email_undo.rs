//! `/email/undo`: restores the email from before a change, with the link of the mail to that address.

use leptos::prelude::*;

use super::form::choice_form;
use crate::messages::{self, messages};
use doorward_api::Problem;

pub fn email_undo_title() -> String {
    messages().recovery.undo_title.to_owned()
}

/// The question, with nothing chosen. `at` is the time of the change, in UTC.
pub fn email_undo(token: String, masked_email: &str, at: String, problem: Option<&Problem>) -> impl IntoView + use<> {
    let text = &messages().recovery;
    let restore = messages::restore_email(masked_email);
    view! {
        <h1>{text.undo_title}</h1>
        <p class="lead">{text.undo_lead}</p>
        <dl class="rows"><div><dt>{text.happened_at}</dt><dd>{at}</dd></div></dl>
        <p>{text.undo_consequence}</p>
        {choice_form("/email/undo", token, [("keep", text.keep_email.to_owned()), ("restore", restore)], problem)}
    }
}

/// After the answer that changes nothing.
pub fn email_kept() -> impl IntoView {
    let text = &messages().recovery;
    view! {
        <h1>{text.thanks_title}</h1>
        <p class="lead">{text.kept}</p>
        <p><a href="/login">{text.back_to_login}</a></p>
    }
}
