//! `/deletion/undo` and `/factor-reset/undo`: stop what will happen to an account, with the link of a mail.

use leptos::prelude::*;

use super::form::choice_form;
use crate::messages::{self, messages};
use doorward_api::Problem;

/// What is going to happen.
#[derive(Clone, Copy)]
pub enum Undo {
    /// The account is deleted.
    Deletion,
    /// All second factors are removed, as an administrator has asked.
    FactorReset,
}

/// What the user has chosen.
#[derive(Clone, Copy)]
pub enum UndoAnswer {
    Kept,
    Unchanged,
}

impl Undo {
    pub fn title(self) -> String {
        let text = &messages().recovery;
        match self {
            Self::Deletion => text.deletion_title,
            Self::FactorReset => text.factors_title,
        }
        .to_owned()
    }

    /// The answer that lets it happen. The other one is `keep`.
    pub const fn go_on(self) -> &'static str {
        match self {
            Self::Deletion => "delete",
            Self::FactorReset => "remove",
        }
    }

    /// The question, with nothing chosen. `until` is in words, in UTC.
    pub fn question(
        self,
        action: &'static str,
        token: String,
        (masked_email, until): (&str, &str),
        problem: Option<&Problem>,
    ) -> impl IntoView + use<> {
        let text = &messages().recovery;
        let (lead, keep, go_on) = match self {
            Self::Deletion => (messages::deletion_of(masked_email, until), text.keep_account, text.delete_account),
            Self::FactorReset => {
                (messages::factor_reset_of(masked_email, until), text.keep_factors, text.remove_factors)
            }
        };
        view! {
            <h1>{self.title()}</h1>
            <p class="lead">{lead}</p>
            {choice_form(action, token, [("keep", keep.to_owned()), (self.go_on(), go_on.to_owned())], problem)}
        }
    }

    pub fn answered_title(self, answer: UndoAnswer) -> String {
        let text = &messages().recovery;
        match (answer, self) {
            (UndoAnswer::Kept, Self::Deletion) => text.account_kept_title,
            (UndoAnswer::Kept, Self::FactorReset) => text.factors_kept_title,
            (UndoAnswer::Unchanged, _) => text.unchanged_title,
        }
        .to_owned()
    }

    /// `has_reset`: whether a new password can be set by mail.
    pub fn answered(self, answer: UndoAnswer, has_reset: bool) -> impl IntoView + use<> {
        let text = &messages().recovery;
        let lead = match (answer, self) {
            (UndoAnswer::Kept, Self::Deletion) => text.account_kept,
            (UndoAnswer::Kept, Self::FactorReset) => text.factors_kept,
            (UndoAnswer::Unchanged, Self::Deletion) => text.unchanged,
            (UndoAnswer::Unchanged, Self::FactorReset) => text.factors_unchanged,
        };
        // The deletion has ended all sessions.
        let can_log_in = matches!((answer, self), (UndoAnswer::Kept, Self::Deletion));
        let log_in = can_log_in.then(|| view! { <p><a class="button" href="/login">{messages().login.button}</a></p> });
        let reset = (can_log_in && has_reset).then(|| {
            view! { <p>{text.set_password_if_stranger}" "<a href="/forgot">{text.get_link}</a></p> }
        });
        view! {
            <h1>{self.answered_title(answer)}</h1>
            <p class="lead">{lead}</p>
            {log_in}
            {reset}
        }
    }
}
