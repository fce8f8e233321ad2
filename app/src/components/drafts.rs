//! What was typed and not sent yet: it outlives a session that ends, and comes back with the person.

use std::sync::Arc;

use leptos::{
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Event, HtmlFormElement, HtmlInputElement},
};
use leptos_router::hooks::use_location;

use crate::content::effect;
use doorward::{SessionEnd, Status, use_session};
use doorward_api::EndReason;

/// What one person has typed into the forms of protected pages, in this tab's memory; never a password. Gone when they
/// log out or when somebody else logs in.
#[derive(Clone, Copy)]
pub struct Drafts {
    /// Whose they are.
    person: StoredValue<Option<String>>,
    typed: StoredValue<Vec<Kept>>,
}

/// What was typed into one field.
struct Kept {
    path: Arc<str>,
    field: String,
    text: String,
}

impl Drafts {
    /// Opens the drafts of this tab.
    pub fn provide() {
        let drafts = Self { person: StoredValue::default(), typed: StoredValue::default() };
        provide_context(drafts);
        let status = use_session().status();
        effect(move || match &*status.read() {
            Status::LoggedIn { user, .. } | Status::ReauthRequired { user, .. } => drafts.belong_to(Some(&user.id)),
            Status::Anonymous { end: Some(SessionEnd { reason: EndReason::LoggedOut, .. }) } => drafts.belong_to(None),
            Status::Anonymous { .. } | Status::Unknown => {}
        });
    }

    fn belong_to(self, person: Option<&str>) {
        if self.person.with_value(|before| before.as_deref() != person) {
            self.typed.set_value(Vec::new());
            self.person.set_value(person.map(str::to_owned));
        }
    }
}

/// The drafts of one form.
#[derive(Clone)]
pub(super) struct Draft {
    drafts: Drafts,
    // Not in the arena: the answer to a form may come when its page has gone.
    path: Arc<str>,
}

impl Draft {
    /// Of the form on this page.
    pub(super) fn here() -> Self {
        let path = use_location().pathname.get_untracked().into();
        Self { drafts: expect_context(), path }
    }

    /// Keeps what has just been typed.
    pub(super) fn keep(&self, event: &Event) {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let is_somebody = self.drafts.person.with_value(Option::is_some);
        let Some(input) = input.filter(|input| is_somebody && is_public(input)) else { return };
        let now = Kept { path: Arc::clone(&self.path), field: input.name(), text: input.value() };
        self.drafts.typed.update_value(|typed| {
            typed.retain(|before| before.path != now.path || before.field != now.field);
            typed.push(now);
        });
    }

    /// What was typed into the field of this name before the session ended.
    pub(super) fn text(&self, field: &str) -> Option<String> {
        self.drafts.typed.with_value(|typed| {
            let draft = typed.iter().find(|draft| draft.path == self.path && draft.field == field);
            draft.map(|draft| draft.text.clone())
        })
    }

    /// This form of the page has been sent.
    pub(super) fn forget(&self, form: &HtmlFormElement) {
        let fields = form.elements();
        self.drafts.typed.update_value(|typed| {
            typed.retain(|draft| draft.path != self.path || fields.named_item(&draft.field).is_none());
        });
    }
}

/// A password that is shown is of type `text`, but still says what it is.
fn is_public(input: &HtmlInputElement) -> bool {
    !input.autocomplete().ends_with("password")
}
