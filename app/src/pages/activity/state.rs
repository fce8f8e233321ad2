//! The state of the activity page, and the operations on it.

use leptos::{prelude::*, task::spawn_local};

use super::row::{EventRow, LoginSession, rows};
use crate::{
    components::{Confirm, Confirmation, Paging, Toast},
    messages::{self, messages},
};
use doorward::{Error, SessionHandle, use_session};
use doorward_api::{self as api, ErrorCode};

/// The id of the checkbox.
pub const ONLY_WARNINGS: &str = "only-warnings";

/// How many pages are fetched in a row in search of a warning.
const MAX_PAGES: u32 = 20;

#[derive(Clone, Copy)]
pub struct ActivityState {
    session: SessionHandle,
    pub paging: Paging,
    /// Newest first.
    rows: RwSignal<Vec<EventRow>>,
    pub only_warnings: RwSignal<bool>,
    pub confirm: Confirm,
    toast: Toast,
    /// Whether the user has disowned a login, and has to change the password.
    pub needs_password: RwSignal<bool>,
}

impl ActivityState {
    pub fn new() -> Self {
        Self {
            session: use_session(),
            paging: Paging::idle(),
            rows: RwSignal::new(Vec::new()),
            only_warnings: RwSignal::new(false),
            confirm: Confirm::idle(),
            toast: Toast::current(),
            needs_password: RwSignal::new(false),
        }
    }

    /// The rows that the filter shows.
    pub fn shown(self) -> Vec<EventRow> {
        let only_warnings = self.only_warnings.get();
        self.rows.with(|rows| rows.iter().filter(|row| row.is_warning || !only_warnings).cloned().collect())
    }

    /// Fetches the next page; with the filter, further ones until there is a warning. Moves the focus to the first new row
    /// if the button for older events, which may disappear, had it.
    pub async fn fetch(self, focus: bool) {
        for _ in 0..MAX_PAGES {
            let Some(page) = self.paging.fetch::<api::Activity>("/api/activity").await else { return };
            let (only_warnings, is_last) = (self.only_warnings.get_untracked(), page.before.is_none());
            let rows = rows(page.events);
            let shown: Vec<_> = rows.iter().filter(|row| row.is_warning || !only_warnings).collect();
            let (first, count) = (shown.first().map(|row| row.id.clone()), shown.len());
            let is_done = count > 0 || is_last;
            let target = first.or_else(|| is_last.then(|| ONLY_WARNINGS.to_owned())).filter(|_| focus);
            self.paging.loaded(page.before, target, messages::older_events(count));
            self.rows.update(|all| all.extend(rows));
            if is_done {
                return;
            }
        }
    }

    pub fn filter(self, only_warnings: bool) {
        self.only_warnings.set(only_warnings);
        let count = untrack(move || self.shown().len());
        self.paging.announce(messages::events_shown(count));
        if count == 0 && self.paging.has_more() {
            spawn_local(self.fetch(false));
        }
    }

    pub fn is_current(self, session_id: &str) -> bool {
        let status = self.session.status();
        status.with_untracked(|status| status.session().is_some_and(|session| session.id == session_id))
    }

    /// Opens the confirmation to end a session that the user has not started.
    pub fn disown(self, login: LoginSession) {
        let texts = (messages().activity.confirm_not_me.to_owned(), messages::not_me_consequence(&login.name));
        let path = String::from("/api/sessions/") + &login.id;
        self.confirm.open(Confirmation::new(texts, messages().activity.secure, move || self.end(path.clone())));
    }

    /// Ends the session, unless it has ended before, and leads to the new password.
    async fn end(self, path: String) -> Result<(), Error> {
        match self.session.delete::<()>(&path).await {
            Err(Error::Problem(problem)) if problem.code == ErrorCode::NotFound => {}
            reply => reply?,
        }
        self.toast.show(messages().activity.secured.to_owned());
        _ = self.needs_password.try_set(true);
        Ok(())
    }
}
