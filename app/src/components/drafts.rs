//! Drafts: text entered into forms but not sent. They survive the end of a session and return after the next login.

use std::sync::Arc;

use leptos::{
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Event, HtmlFormElement, HtmlInputElement},
};

use crate::{leptos_ext::effect, router::use_location};
use doorward::{SessionEnd, Status, use_session};
use doorward_api::EndReason;

/// One user's unsent form text on protected pages, in this tab's memory. Never contains passwords. Cleared on logout and when
/// another user logs in.
#[derive(Clone, Copy)]
pub struct Drafts {
    user_id: StoredValue<Option<String>>,
    entries: StoredValue<Vec<Entry>>,
}

struct Entry {
    path: Arc<str>,
    field: String,
    text: String,
}

impl Drafts {
    pub fn provide() {
        let drafts = Self { user_id: StoredValue::default(), entries: StoredValue::default() };
        provide_context(drafts);
        let status = use_session().status();
        effect(move || match &*status.read() {
            Status::LoggedIn { user, .. } | Status::ReauthRequired { user, .. } => drafts.set_user(Some(&user.id)),
            Status::Anonymous { end: Some(SessionEnd { reason: EndReason::LoggedOut, .. }) } => drafts.set_user(None),
            Status::Anonymous { .. } | Status::Unknown => {}
        });
    }

    /// Clears the drafts if the user changes.
    fn set_user(self, user_id: Option<&str>) {
        if self.user_id.with_value(|current| current.as_deref() != user_id) {
            self.entries.set_value(Vec::new());
            self.user_id.set_value(user_id.map(str::to_owned));
        }
    }
}

#[derive(Clone)]
pub(crate) struct Draft {
    drafts: Drafts,
    // Not in a signal: the response to a submit can arrive after the page has been left.
    path: Arc<str>,
}

impl Draft {
    pub(crate) fn of_current_page() -> Self {
        let path = use_location().pathname.get_untracked().into();
        Self { drafts: expect_context(), path }
    }

    /// Saves the field that an `input` event comes from.
    pub(super) fn save(&self, event: &Event) {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let has_user = self.drafts.user_id.with_value(Option::is_some);
        let Some(input) = input.filter(|input| has_user && !is_password(input)) else { return };
        let new = Entry { path: Arc::clone(&self.path), field: input.name(), text: input.value() };
        self.drafts.entries.update_value(|entries| {
            entries.retain(|old| old.path != new.path || old.field != new.field);
            entries.push(new);
        });
    }

    pub(crate) fn text(&self, field: &str) -> Option<String> {
        self.drafts.entries.with_value(|entries| {
            let entry = entries.iter().find(|entry| entry.path == self.path && entry.field == field);
            entry.map(|entry| entry.text.clone())
        })
    }

    /// Removes the text of a field.
    pub(crate) fn discard(&self, field: &str) {
        self.drafts.entries.update_value(|entries| {
            entries.retain(|entry| entry.path != self.path || entry.field != field);
        });
    }

    /// Removes the fields of a form that has been sent.
    pub(super) fn clear(&self, form: &HtmlFormElement) {
        let fields = form.elements();
        self.drafts.entries.update_value(|entries| {
            entries.retain(|entry| entry.path != self.path || fields.named_item(&entry.field).is_none());
        });
    }
}

/// Checks `autocomplete`, because the `type` of a password that is shown is `text`.
fn is_password(input: &HtmlInputElement) -> bool {
    input.autocomplete().ends_with("password")
}
