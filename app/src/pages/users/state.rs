//! The state of the users page, and the operations on it.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};

use crate::{
    components::{Confirm, Confirmation, Paging, Toast, focus_on},
    messages::{self, messages},
};
use doorward::{Error, SessionHandle, Status, use_session};
use doorward_api::{EndedCount, User, UserList, UserSummary};

/// How long the search waits for further characters.
const DEBOUNCE: Duration = Duration::from_millis(250);

#[derive(Clone, Copy)]
pub struct UsersState {
    session: SessionHandle,
    pub paging: Paging,
    pub users: RwSignal<Vec<UserSummary>>,
    /// What was typed into the search field.
    search: RwSignal<String>,
    pub confirm: Confirm,
    toast: Toast,
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
        }
    }

    pub async fn fetch(self) {
        let mut path = "/api/admin/users".to_owned();
        let search = self.search.get_untracked();
        let search = search.trim();
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

    /// Fetches the list anew once the user pauses.
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

    /// Whether the access token lacks the role. The API decides; this is for the page's looks.
    pub fn is_forbidden(self) -> bool {
        self.read_user(|user| !user.roles.iter().any(|role| role == "admin"))
    }

    /// Whether it is the user of this page.
    pub fn is_own(self, id: &str) -> bool {
        self.read_user(|user| user.id == id)
    }

    fn read_user(self, read: impl Fn(&User) -> bool) -> bool {
        self.session.status().with_untracked(|status| match status {
            Status::LoggedIn { user, .. } | Status::ReauthRequired { user, .. } => read(user),
            Status::Unknown | Status::Anonymous { .. } => false,
        })
    }

    /// Opens the confirmation.
    pub fn confirm_disable(self, user: UserSummary) {
        let texts = messages::confirm_disable(&user, self.is_own(&user.id));
        let operation = move || self.set_enabled(user.clone(), false);
        self.confirm.open(Confirmation::new(texts, messages().users.disable, operation));
    }

    /// Opens the confirmation.
    pub fn confirm_log_out(self, user: UserSummary) {
        let texts = messages::confirm_log_out(&user, self.is_own(&user.id));
        let operation = move || self.log_out(user.clone());
        self.confirm.open(Confirmation::new(texts, messages().users.log_out, operation));
    }

    /// Enabling a user needs no confirmation.
    pub async fn enable(self, user: UserSummary) {
        self.toast.clear();
        if let Err(error) = self.set_enabled(user, true).await {
            self.toast.show(messages::error(&error));
        }
    }

    async fn set_enabled(self, user: UserSummary, enabled: bool) -> Result<(), Error> {
        let path = path(&user) + if enabled { "/enable" } else { "/disable" };
        let user = self.session.post(&path).await?;
        self.toast.show(messages::user_changed_to(&user));
        self.replace(user);
        Ok(())
    }

    async fn log_out(self, mut user: UserSummary) -> Result<(), Error> {
        self.session.delete::<EndedCount>(&(path(&user) + "/sessions")).await?;
        user.sessions = 0;
        self.toast.show(messages::user_logged_out(&user));
        self.replace(user);
        Ok(())
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

fn path(user: &UserSummary) -> String {
    String::from("/api/admin/users/") + &user.id
}
