//! The state of the users page, and the operations on it.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use serde::de::IgnoredAny;

use super::row::{DISABLE, ENABLE, LOG_OUT, RESET};
use crate::{
    components::{Confirm, Confirmation, Operation, Paging, Toast, focus_on, is_not_found},
    messages::{self, messages},
};
use doorward::{Error, SessionHandle, use_session};
use doorward_api::{Timestamp, User, UserList, UserSummary};

/// How long the search waits for further characters.
const DEBOUNCE: Duration = Duration::from_millis(250);

#[derive(Clone, Copy)]
pub struct UsersState {
    pub session: SessionHandle,
    pub paging: Paging,
    pub users: RwSignal<Vec<UserSummary>>,
    /// What was typed into the search field.
    search: RwSignal<String>,
    pub confirm: Confirm,
    pub toast: Toast,
    /// Whether the form to invite a user is open.
    pub is_inviting: RwSignal<bool>,
}

impl UsersState {
    pub fn new() -> Self {
        Self {
            session: use_session(),
            paging: Paging::idle(),
            users: RwSignal::new(Vec::new()),
            search: RwSignal::new(String::new()),
            confirm: Confirm::idle(),
            toast: Toast::current(),
            is_inviting: RwSignal::new(false),
        }
    }

    pub async fn fetch(self) {
        let mut path = "/api/admin/users".to_owned();
        let search = self.search.get_untracked();
        let search = search.trim_ascii();
        if !search.is_empty() {
            path += "?search=";
            path += &String::from(js_sys::encode_uri_component(search));
        }
        let is_first_page = !self.paging.has_more();
        let Some(page) = self.paging.fetch::<UserList>(&path).await else { return };
        let count = page.users.len();
        if is_first_page {
            self.paging.loaded(page.before, None, messages::users_shown(count));
            self.users.set(page.users);
        } else {
            let first = page.users.first().map(|first| first.id.clone());
            self.paging.loaded(page.before, first, messages::more_users(count));
            self.users.update(|users| users.extend(page.users));
        }
    }

    /// Fetches the list again when the user stops typing.
    pub fn search(self, text: String) {
        self.search.set(text.clone());
        let fetch = move || {
            // Not after further characters, and not after the page has been left.
            if self.search.try_get_untracked() == Some(text) {
                self.paging.restart();
                spawn_local(self.fetch());
            }
        };
        set_timeout(fetch, DEBOUNCE);
    }

    /// Whether the access token lacks the role. The API decides; this only hides the search field.
    pub fn is_forbidden(self) -> bool {
        self.read_user(|user| !user.roles.iter().any(|role| role == "admin"))
    }

    /// Whether it is the user of this page.
    pub fn is_own(self, id: &str) -> bool {
        self.read_user(|user| user.id == id)
    }

    fn read_user(self, read: impl Fn(&User) -> bool) -> bool {
        self.session.status().with_untracked(|status| status.user().is_some_and(read))
    }

    /// Runs the operation of a button; the ones that cannot be undone after a confirmation.
    pub fn on_button(self, button: &str, user_id: &str) {
        let find = |users: &Vec<UserSummary>| users.iter().find(|user| user.id == user_id).cloned();
        let Some(mut user) = self.users.with_untracked(find) else { return };
        let (is_own, texts) = (self.is_own(user_id), &messages().users);
        let ((heading, consequence), button, operation) = match button {
            LOG_OUT => (messages::confirm_log_out(&user, is_own), texts.log_out, LOG_OUT),
            DISABLE => (messages::confirm_disable(&user, is_own), texts.disable, DISABLE),
            RESET => (messages::confirm_reset(&user), texts.reset, RESET),
            _ => ((String::new(), String::new()), texts.enable, ENABLE),
        };
        if operation != RESET {
            user.sessions = 0;
        }
        match operation {
            DISABLE => user.disabled_at = Some(Timestamp::new(String::from(js_sys::Date::new_0().to_iso_string()))),
            ENABLE => user.disabled_at = None,
            _ => {}
        }
        let result = match operation {
            LOG_OUT => messages::user_logged_out(&user),
            RESET => messages::link_sent_to(&user),
            _ => messages::user_changed_to(&user),
        };
        let path = String::from("/api/admin/users/") + user_id + "/" + operation;
        let session = self.session;
        let operation: Operation = (async move || {
            let request = if operation == LOG_OUT { session.delete(&path) } else { session.post(&path) };
            let reply: Result<IgnoredAny, Error> = request.await;
            if !is_not_found(&reply) {
                reply?;
            }
            self.replace(user.clone());
            Ok(Some(result.clone()))
        })
        .into();
        if heading.is_empty() {
            self.toast.clear();
            spawn_local(self.confirm.run(operation));
        } else {
            self.confirm.open(Confirmation { heading, consequence, button, operation });
        }
    }

    /// Replaces a row, and focuses it: its buttons are others.
    fn replace(self, new: UserSummary) {
        if self.paging.load().is_disposed() {
            return;
        }
        focus_on(new.id.clone());
        self.users.update(|users| {
            if let Some(old) = users.iter_mut().find(|old| old.id == new.id) {
                *old = new;
            }
        });
    }
}
