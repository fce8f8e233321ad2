//! What was typed and not sent yet: it outlives a session that ends, and comes back with the person.

use std::collections::BTreeMap;

use leptos::{
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Event, HtmlInputElement},
};
use leptos_router::hooks::use_location;

use crate::{
    api::EndReason,
    client::{Status, use_session},
    content::effect,
};

/// What one person has typed into the forms of protected pages, in this tab's memory; never a password. Gone when they
/// log out or when somebody else logs in.
#[derive(Clone, Copy)]
pub struct Drafts {
    /// Whose they are.
    person: StoredValue<Option<String>>,
    /// By path and name of the field.
    typed: StoredValue<BTreeMap<(String, String), String>>,
}

impl Drafts {
    /// Opens the drafts of this tab.
    pub fn provide() {
        let drafts = Self { person: StoredValue::default(), typed: StoredValue::default() };
        provide_context(drafts);
        let status = use_session().status();
        effect(move || match &*status.read() {
            Status::LoggedIn { user, .. } => drafts.belong_to(Some(&user.id)),
            Status::Anonymous { why: Some(EndReason::LoggedOut) } => drafts.belong_to(None),
            Status::Anonymous { .. } | Status::Unknown => {}
        });
    }

    fn belong_to(self, person: Option<&str>) {
        if self.person.with_value(|before| before.as_deref() != person) {
            self.typed.update_value(BTreeMap::clear);
            self.person.set_value(person.map(str::to_owned));
        }
    }
}

/// The drafts of one form.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    drafts: Drafts,
    path: StoredValue<String>,
}

impl Draft {
    /// Of the form on this page.
    pub(super) fn here() -> Self {
        let path = StoredValue::new(use_location().pathname.get_untracked());
        Self { drafts: expect_context(), path }
    }

    /// Keeps what has just been typed.
    pub(super) fn keep(self, event: &Event) {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let is_somebody = self.drafts.person.with_value(Option::is_some);
        if let Some(input) = input.filter(|input| is_somebody && is_public(input)) {
            self.drafts
                .typed
                .update_value(|typed| _ = typed.insert((self.path.get_value(), input.name()), input.value()));
        }
    }

    /// What was typed into the field of this name before the session ended.
    pub(super) fn text(self, name: &str) -> Option<String> {
        self.drafts.typed.with_value(|typed| typed.get(&(self.path.get_value(), name.to_owned())).cloned())
    }

    /// It has been sent.
    pub(super) fn forget(self) {
        self.drafts.typed.update_value(|typed| typed.retain(|(path, _), _| *path != self.path.get_value()));
    }
}

/// A password that is shown is of type `text`, but still says what it is.
fn is_public(input: &HtmlInputElement) -> bool {
    !input.autocomplete().contains("password")
}
