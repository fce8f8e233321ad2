//! The reply to a form that was submitted without the program: the same page again, with the sentences at their fields.

use serde::{Deserialize, Serialize};

use crate::{components::FormError, messages};
use doorward::Error;
use doorward_api::{ErrorCode, FieldErrors, Problem};

/// A rejected form.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct FormReply {
    pub error: FormError,
    /// What was entered, by field, without passwords.
    pub values: Vec<(String, String)>,
    /// Whether the error is that the program was not there: with the program, it is none.
    pub needs_program: bool,
}

impl FormReply {
    /// The reply for a problem, with what was entered.
    pub fn new(problem: Problem, values: Vec<(String, String)>, needs_program: bool) -> Self {
        Self { error: form_error(Error::Problem(Box::new(problem))), values, needs_program }
    }
}

/// Shows a taken email as the error of that field.
pub(crate) fn form_error(error: Error) -> FormError {
    match &error {
        Error::Problem(problem) if problem.code == ErrorCode::EmailTaken => {
            FormError::of_field("email", &messages::error(&error))
        }
        _ => error.into(),
    }
}

/// The empty fields, each with a message.
pub fn missing_fields<'a>(fields: impl IntoIterator<Item = (&'static str, &'a str)>) -> FieldErrors {
    let missing = fields.into_iter().filter(|(_, text)| text.is_empty());
    missing.map(|(name, _)| (name.to_owned(), messages::missing_field(name).to_owned())).collect()
}
