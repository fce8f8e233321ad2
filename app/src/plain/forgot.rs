//! `/forgot`: asks for the email, to send a link to set a new password.

use leptos::prelude::*;

use super::form::{FieldState, error_summary};
use crate::messages::{self, messages};
use doorward_api::Problem;

/// What the page says above its form.
pub enum ForgotState {
    New,
    /// A link was asked for, which works for this many seconds. The same for every address.
    Sent(u64),
    /// The user has come from the report of a stranger.
    Reported,
    /// With what was entered.
    Rejected(Box<Problem>, String),
}

pub fn forgot_title() -> String {
    messages().recovery.forgot_title.to_owned()
}

pub fn forgot(state: ForgotState) -> impl IntoView {
    let text = &messages().recovery;
    let notice = match &state {
        ForgotState::Sent(lifetime) => Some(messages::link_is_sent(*lifetime)),
        ForgotState::Reported => Some(text.reported.to_owned()),
        ForgotState::New | ForgotState::Rejected(..) => None,
    };
    let (problem, entered) = match state {
        ForgotState::Rejected(problem, entered) => (Some(problem), Some(entered)),
        _ => (None, None),
    };
    let field = FieldState::of(problem.as_deref(), "email", false);
    view! {
        <h1>{text.forgot_title}</h1>
        {notice.map(|notice| view! { <div role="status"><p class="notice">{notice}</p></div> })}
        <p class="lead">{text.forgot_lead}</p>
        <div class="card">
            <form method="post" action="/forgot" novalidate>
                {error_summary(problem.as_deref())}
                <div class="field">
                    <label for="email">{messages().form.email}</label>
                    {field.error()}
                    <input
                        id="email"
                        name="email"
                        type="text"
                        dir="auto"
                        inputmode="email"
                        autocomplete="username"
                        autocapitalize="none"
                        spellcheck="false"
                        required
                        value=entered
                        aria-invalid=field.invalid()
                        aria-describedby=field.described_by()
                    />
                </div>
                <button class="button">{text.send_link}</button>
            </form>
        </div>
        <p class="aside"><a href="/login">{text.back_to_login}</a></p>
    }
}
