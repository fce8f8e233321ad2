//! Why a form was rejected.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{components::notice::Notice, leptos_ext::effect, messages};
use doorward::Error;
use doorward_api::{ErrorCode, FieldErrors};

/// Why a submission failed: a message for the whole form, and one for each invalid field.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct FormError {
    /// Empty if every error belongs to a field.
    pub message: String,
    pub fields: FieldErrors,
    /// The field to correct, if the message is about several.
    pub focus: Option<String>,
    /// In seconds: how long to wait before the next attempt.
    pub retry_after: Option<u64>,
}

impl FormError {
    pub fn of_fields(fields: FieldErrors) -> Self {
        Self { message: messages::invalid_fields(fields.len()), fields, ..Self::default() }
    }

    pub fn of_field(name: &str, message: &str) -> Self {
        Self::of_fields(FieldErrors::of(name, message))
    }

    /// Shows a wrong code as the error of its field, whose name in the page may be another one than in the API.
    pub fn of_code(error: Error, name: &str) -> Self {
        if let Error::Problem(problem) = &error
            && let Some(message) = problem.errors.as_ref().and_then(|errors| errors.get("code"))
        {
            return Self::of_field(name, message);
        }
        match &error {
            Error::Problem(problem)
                if matches!(problem.code, ErrorCode::CodeInvalid | ErrorCode::SecondFactorInvalid) =>
            {
                Self::of_field(name, &messages::error(&error))
            }
            _ => error.into(),
        }
    }

    /// Removes what a change of the field `name` makes obsolete. How long to wait does not depend on any field.
    pub(super) fn on_input(&mut self, name: &str) {
        if self.retry_after.is_none() {
            self.message.clear();
        }
        self.fields.remove(name);
    }
}

impl From<Error> for FormError {
    fn from(error: Error) -> Self {
        let message = messages::error(&error);
        let Error::Problem(problem) = error else { return Self { message, ..Self::default() } };
        match problem.errors {
            Some(fields) if !fields.is_empty() => Self::of_fields(fields),
            _ => Self {
                message,
                focus: (problem.code == ErrorCode::InvalidCredentials).then(|| "password".to_owned()),
                retry_after: problem.retry_after.filter(|_| problem.code == ErrorCode::TooManyAttempts),
                ..Self::default()
            },
        }
    }
}

/// Counts down to the next attempt, and removes the error then.
#[component]
pub(super) fn Countdown(error: RwSignal<Option<FormError>>) -> impl IntoView {
    let left = RwSignal::new(None);
    effect(move || {
        let Some(seconds) = error.with(|error| error.as_ref()?.retry_after) else { return };
        #[expect(clippy::cast_precision_loss, reason = "at most some days")]
        let end = js_sys::Date::now() + seconds as f64 * 1000.0;
        let tick = move || {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from zero to some days")]
            let seconds = ((end - js_sys::Date::now()) / 1000.0).ceil().max(0.0) as u64;
            left.set(Some(seconds));
            if seconds == 0 {
                error.set(None);
            }
        };
        tick();
        if let Ok(timer) = set_interval_with_handle(tick, std::time::Duration::from_secs(1)) {
            on_cleanup(move || timer.clear());
        }
    });
    // Announced at the end only: a `timer` is not live.
    view! {
        <Notice class="hint" role="timer" text=move || left.get().filter(|left| *left > 0).map(messages::try_again_in)/>
        <div role="status"><Notice class="hint" text=move || messages::try_again_now(left.get())/></div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_disappears_when_what_it_is_about_changes() {
        let fields = [("email", "Enter your email."), ("password", "Enter your password.")];
        let fields: FieldErrors = fields.map(|(name, text)| (name.to_owned(), text.to_owned())).into_iter().collect();
        let mut error = FormError::of_fields(fields);
        assert_eq!(error.message, "Please fix the 2 fields below.");
        error.on_input("email");
        assert_eq!((error.message.as_str(), error.fields.get("email")), ("", None));
        assert!(error.fields.get("password").is_some());

        let mut refused =
            FormError { message: "Too many attempts.".to_owned(), retry_after: Some(60), ..FormError::default() };
        refused.on_input("password");
        assert_eq!(refused.message, "Too many attempts.");
    }

    #[test]
    fn a_single_invalid_field_needs_no_summary() {
        assert_eq!(FormError::of_field("email", "Enter your email.").message, "");
    }
}
