//! What was typed and not sent yet: it outlives a session that ends, and comes back with the person.

use std::collections::BTreeMap;

use leptos::{
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Event, HtmlFormElement, HtmlInputElement},
};
use leptos_router::hooks::use_location;

use super::access::use_who;
use crate::{
    api::EndReason,
    client::{Status, Who, use_session},
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
        let (status, who) = (use_session().status(), use_who());
        Effect::new(move || {
            let has_left =
                || matches!(&*status.read_untracked(), Status::Anonymous { why: Some(EndReason::LoggedOut) });
            match who.get() {
                Who::Person { id, .. } => drafts.belong_to(Some(id)),
                Who::Nobody if has_left() => drafts.belong_to(None),
                Who::Unknown | Who::Nobody => {}
            }
        });
    }

    fn belong_to(self, person: Option<String>) {
        if self.person.with_value(|before| *before != person) {
            self.typed.update_value(BTreeMap::clear);
            self.person.set_value(person);
        }
    }
}

/// The drafts of one form.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    drafts: Drafts,
    path: StoredValue<String>,
    who: Memo<Who>,
}

impl Draft {
    /// Of the form on this page.
    pub(super) fn here() -> Self {
        let path = StoredValue::new(use_location().pathname.get_untracked());
        Self { drafts: expect_context(), path, who: use_who() }
    }

    fn key(self, input: &HtmlInputElement) -> (String, String) {
        (self.path.get_value(), input.name())
    }

    /// Keeps what has just been typed.
    pub(super) fn keep(self, event: &Event) {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let is_somebody = matches!(&*self.who.read_untracked(), Who::Person { .. });
        if let Some(input) = input.filter(|input| is_somebody && is_public(input)) {
            self.drafts.typed.update_value(|typed| _ = typed.insert(self.key(&input), input.value()));
        }
    }

    /// Puts back what was typed before the session ended.
    pub(super) fn restore(self, form: &HtmlFormElement) {
        for input in inputs(form) {
            if let Some(text) = self.drafts.typed.with_value(|typed| typed.get(&self.key(&input)).cloned()) {
                input.set_value(&text);
            }
        }
    }

    /// It has been sent.
    pub(super) fn forget(self, form: &HtmlFormElement) {
        for input in inputs(form) {
            self.drafts.typed.update_value(|typed| _ = typed.remove(&self.key(&input)));
        }
    }
}

/// The inputs of a form.
pub(super) fn inputs(form: &HtmlFormElement) -> impl Iterator<Item = HtmlInputElement> {
    let elements = form.elements();
    (0..elements.length()).filter_map(move |index| elements.item(index)?.dyn_into().ok())
}

/// A password that is shown is of type `text`, but still says what it is.
fn is_public(input: &HtmlInputElement) -> bool {
    !input.autocomplete().contains("password")
}
