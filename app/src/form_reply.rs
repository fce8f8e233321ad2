//! The reply to a form that was submitted without the WebAssembly: the same page again, with the messages at their fields.

use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::Language;
use crate::{components::FormError, messages};
use doorward::Error;
use doorward_api::ErrorCode;
#[cfg(feature = "ssr")]
use doorward_api::Problem;

/// A rejected form.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct FormReply {
    pub error: FormError,
    /// What was entered, by field, without passwords.
    pub values: Vec<(String, String)>,
    /// Whether the form requires the WebAssembly: once that has started, this is no error.
    pub requires_webassembly: bool,
}

impl FormReply {
    /// The reply for a problem, with what was entered.
    #[cfg(feature = "ssr")]
    pub fn new(
        problem: Problem,
        values: Vec<(String, String)>,
        requires_webassembly: bool,
        language: Language,
    ) -> Self {
        let error = messages::in_language(language, || form_error(Error::Problem(Box::new(problem))));
        Self { error, values, requires_webassembly }
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
