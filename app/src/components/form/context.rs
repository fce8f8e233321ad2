//! What a form provides to the fields inside it.

use leptos::prelude::*;

use super::error::FormError;
use crate::components::drafts::Draft;

#[derive(Clone)]
pub(crate) struct FormContext {
    pub(crate) pending: RwSignal<bool>,
    /// Incremented whenever the form is reset.
    pub(crate) resets: RwSignal<usize>,
    /// The unsent text of this form, where it is kept.
    pub(crate) draft: Option<Draft>,
    /// What was submitted before, if the server has rejected it.
    pub(super) submitted: StoredValue<Vec<(String, String)>>,
    pub(super) error: RwSignal<Option<FormError>>,
    /// Whether a field has the initial focus.
    pub(super) has_focus: StoredValue<bool>,
}

impl FormContext {
    /// Whether the server gives the initial focus to this field: the first one with an error, or the first one on arrival.
    pub(crate) fn takes_focus(&self, name: &str, on_arrival: bool) -> bool {
        let is_meant = self.error.with_untracked(|error| match error {
            Some(error) => error.fields.get(name).is_some() || error.focus.as_deref() == Some(name),
            None => on_arrival,
        });
        let takes = !is_browser() && is_meant && !self.has_focus.get_value();
        self.has_focus.update_value(|has_focus| *has_focus |= takes);
        takes
    }

    /// The error of one field.
    pub(crate) fn error(&self, name: &'static str) -> Memo<Option<String>> {
        let error = self.error;
        Memo::new(move |_| error.with(|error| error.as_ref()?.fields.get(name).cloned()))
    }

    /// The text that was submitted in one field.
    pub(crate) fn submitted_text(&self, name: &str) -> Option<String> {
        self.submitted.with_value(|values| Some(values.iter().find(|(field, _)| field == name)?.1.clone()))
    }
}
