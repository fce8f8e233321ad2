//! The state of the sessions page, and the operations on it.

use leptos::{prelude::*, task::spawn_local, wasm_bindgen::JsCast, web_sys::HtmlInputElement};

use super::list::{in_order, is_list_in_use, thirty_days_ago};
use crate::{
    components::{Confirm, Confirmation, FormError, PageLoad, Toast, focus_on, is_not_found},
    messages::{self, EndTarget},
};
use doorward::{Error, SessionHandle, use_session};
use doorward_api::{EndedCount, RenameSession, Session, Timestamp};

/// Owned by the page, so that an operation completes even if the dialog or form that started it has been closed.
#[derive(Clone, Copy)]
pub struct SessionsState {
    session: SessionHandle,
    pub load: PageLoad,
    /// The most recently used first.
    pub sessions: RwSignal<Vec<Session>>,
    /// 30 days before the list was fetched: sessions that have not been used since then are a group of their own.
    unused_since: StoredValue<Timestamp>,
    /// Shows the result of the last operation.
    toast: Toast,
    /// The id of the session whose device is being renamed.
    pub renaming: RwSignal<Option<String>>,
    pub confirm: Confirm,
    /// Counts operations: a list that was requested before the last one may be stale.
    operations: StoredValue<u32>,
}

impl SessionsState {
    pub fn new() -> Self {
        Self {
            session: use_session(),
            load: PageLoad::idle(),
            sessions: RwSignal::new(Vec::new()),
            unused_since: StoredValue::new(Timestamp::new("")),
            toast: Toast::current(),
            renaming: RwSignal::new(None),
            confirm: Confirm::idle(),
            operations: StoredValue::new(0),
        }
    }

    fn start_operation(self) {
        self.toast.clear();
        self.operations.update_value(|count| *count += 1);
    }

    /// Whether the list can be reloaded without closing a form or a dialog.
    pub fn can_reload(self) -> bool {
        self.load.is_ready() && self.renaming.get_untracked().is_none() && !self.confirm.is_open()
    }

    /// The sessions of the group that is offered to be ended at once.
    pub fn unused(self) -> EndTarget {
        EndTarget::Unused(self.unused_since.get_value())
    }

    /// Fetches the list. A list that is already shown stays if the request fails, or if nothing but the times has changed
    /// and the user is reading the details.
    pub async fn fetch(self) {
        self.load.start();
        let operations = self.operations.get_value();
        let reply = self.session.get::<Vec<Session>>("/api/sessions").await;
        if self.load.is_disposed() || self.load.is_ready() && self.operations.get_value() != operations {
            return;
        }
        match reply {
            Ok(sessions) => {
                let sessions = in_order(sessions);
                let is_shown =
                    |session: &Session, shown: &Session| session.id == shown.id && session.label == shown.label;
                let is_same = self.sessions.with_untracked(|shown| {
                    sessions.len() == shown.len()
                        && sessions.iter().zip(shown).all(|(session, shown)| is_shown(session, shown))
                });
                if !(is_same && is_list_in_use()) {
                    self.unused_since.set_value(thirty_days_ago());
                    self.sessions.set(sessions);
                }
                self.load.finish();
            }
            Err(error) if !self.load.is_ready() => self.load.fail(&error),
            Err(_) => {}
        }
    }

    /// Opens the confirmation before sessions are ended.
    pub fn confirm_end(self, target: EndTarget) {
        self.start_operation();
        self.confirm.open(Confirmation {
            heading: messages::confirm_end(&target),
            consequence: self.sessions.with_untracked(|sessions| messages::consequence(&target, sessions)),
            button: messages::end_button(&target),
            operation: (async move || self.end(target.clone()).await).into(),
        });
    }

    /// Returns the message to show, or `None` after a logout.
    async fn end(self, target: EndTarget) -> Result<Option<String>, Error> {
        match target {
            EndTarget::One(session) if session.current => {
                self.session.logout();
                Ok(None)
            }
            EndTarget::One(session) => {
                let reply = self.session.delete::<()>(&path(&session)).await;
                let had_ended = is_not_found(&reply);
                if !had_ended {
                    reply?;
                }
                self.remove(&session);
                Ok(Some(messages::session_ended(&session, had_ended)))
            }
            EndTarget::Others | EndTarget::Unused(_) => {
                let mut path = "/api/sessions/others".to_owned();
                if let EndTarget::Unused(since) = &target {
                    path = path + "?unused_since=" + since.as_str();
                }
                let EndedCount { ended } = self.session.delete(&path).await?;
                if !self.load.is_disposed() {
                    self.sessions.update(|sessions| sessions.retain(|session| !target.includes(session)));
                    focus_on(String::new());
                    // One of them may have been used in the meantime.
                    spawn_local(self.fetch());
                }
                Ok(Some(messages::others_ended(ended)))
            }
            EndTarget::All => {
                self.session.delete::<EndedCount>("/api/sessions").await?;
                self.session.logout();
                Ok(None)
            }
        }
    }

    /// Renames a device; an empty label removes the name.
    pub async fn rename(self, session: Session, label: String) -> Result<(), FormError> {
        // The device is no label, although the form offers it.
        if label == messages::session_name(&session) {
            self.stop_renaming(&session.id);
            return Ok(());
        }
        let form = RenameSession { label: Some(label) };
        let reply: Result<Session, Error> = self.session.patch(&path(&session)).json(&form).await;
        if self.load.is_disposed() {
            return Ok(());
        }
        if is_not_found(&reply) {
            self.remove(&session);
            self.toast.show(messages::session_ended(&session, true));
            return Ok(());
        }
        let new = reply?;
        self.toast.show(messages::renamed(&new));
        self.sessions.update(|sessions| {
            if let Some(old) = sessions.iter_mut().find(|old| old.id == new.id) {
                *old = new;
            }
        });
        self.stop_renaming(&session.id);
        Ok(())
    }

    /// Opens the rename form, with the present name selected.
    pub fn start_renaming(self, id: &str) {
        self.start_operation();
        self.renaming.set(Some(id.to_owned()));
        focus_on("label".to_owned());
        request_animation_frame(|| {
            let input =
                document().get_element_by_id("label").and_then(|input| input.dyn_into::<HtmlInputElement>().ok());
            if let Some(input) = input {
                input.select();
            }
        });
    }

    /// Closes the rename form.
    pub fn stop_renaming(self, id: &str) {
        self.renaming.set(None);
        focus_on(format!("rename-{id}"));
    }

    /// Removes a session from the list and focuses the one that takes its place in its group, else the one before it.
    fn remove(self, session: &Session) {
        if self.load.is_disposed() {
            return;
        }
        self.renaming.set(None);
        let mut sessions = self.sessions.get_untracked();
        if let Some(index) = sessions.iter().position(|other| other.id == session.id) {
            sessions.remove(index);
            let unused = self.unused();
            let next = sessions.get(index).filter(|next| unused.includes(next) == unused.includes(session));
            let next = next.or(index.checked_sub(1).and_then(|previous| sessions.get(previous)));
            focus_on(next.map(|next| next.id.clone()).unwrap_or_default());
            self.sessions.set(sessions);
        }
    }
}

fn path(session: &Session) -> String {
    format!("/api/sessions/{}", session.id)
}
