//! The state of the activity page, and the operations on it.

use leptos::{prelude::*, task::spawn_local};
use serde::de::IgnoredAny;

use super::fold::{Entry, fold};
use crate::{
    components::{Confirm, Confirmation, Paging, format_day, is_not_found},
    messages::{self, messages},
};
use doorward::{Error, SessionHandle, use_session};
use doorward_api::{self as api, AuditEvent};

pub const ONLY_WARNINGS: &str = "only-warnings";

/// How many pages are fetched in a row in search of a warning.
const MAX_PAGES: u32 = 20;

#[derive(Clone, Copy)]
pub struct ActivityState {
    session: SessionHandle,
    pub paging: Paging,
    /// Newest first.
    pub entries: RwSignal<Vec<Entry>>,
    pub only_warnings: RwSignal<bool>,
    pub confirm: Confirm,
    /// Whether the user has disowned a login, and has to change the password.
    pub needs_password: RwSignal<bool>,
}

impl ActivityState {
    pub fn new() -> Self {
        Self {
            session: use_session(),
            paging: Paging::idle(),
            entries: RwSignal::new(Vec::new()),
            only_warnings: RwSignal::new(false),
            confirm: Confirm::idle(),
            needs_password: RwSignal::new(false),
        }
    }

    /// The number of entries that the filter shows.
    pub fn count_shown(self) -> usize {
        let only_warnings = self.only_warnings.get();
        self.entries.with(|entries| entries.iter().filter(|entry| entry.is_shown(only_warnings)).count())
    }

    /// Fetches the next page; with the filter, further ones until there is a warning. Moves the focus to the first new row
    /// if the button for older events, which may disappear, had it.
    pub async fn fetch(self, focus: bool) {
        for _ in 0..MAX_PAGES {
            let Some(page) = self.paging.fetch::<api::Activity>("/api/activity").await else { return };
            let is_last = page.before.is_none();
            let entries = fold(page.events, |one, other| day(one) == day(other));
            let only_warnings = self.only_warnings.get_untracked();
            let is_shown = |entry: &&Entry| entry.is_shown(only_warnings);
            let count = entries.iter().filter(is_shown).count();
            let first = entries.iter().find(is_shown).map(|entry| entry.event.id.clone());
            let target = first.or_else(|| is_last.then(|| ONLY_WARNINGS.to_owned())).filter(|_| focus);
            self.paging.loaded(page.before, target, messages::older_events(count));
            self.entries.update(|all| all.extend(entries));
            if count > 0 || is_last {
                return;
            }
        }
    }

    pub fn filter(self, only_warnings: bool) {
        self.only_warnings.set(only_warnings);
        let count = untrack(|| self.count_shown());
        self.paging.announce(messages::events_shown(count));
        if count == 0 && self.paging.has_more() {
            spawn_local(self.fetch(false));
        }
    }

    /// The ID of the session of this page.
    pub fn current_session(self) -> String {
        let status = self.session.status();
        status.with_untracked(|status| status.session().map(|session| session.id.clone())).unwrap_or_default()
    }

    /// Opens the confirmation to end a session that the user has not started.
    pub fn disown(self, session_id: &str) {
        let device = self.entries.with_untracked(|entries| {
            let mut logins = entries.iter().map(|entry| entry.login.as_ref().unwrap_or(&entry.event));
            logins
                .rfind(|login| login.session.as_ref().is_some_and(|session| session.id == *session_id))
                .map(messages::login_device)
        });
        let path = String::from("/api/sessions/") + session_id;
        self.confirm.open(Confirmation {
            heading: messages().activity.confirm_not_me.to_owned(),
            consequence: messages::not_me_consequence(&device.unwrap_or_default()),
            button: messages().activity.secure,
            operation: (async move || {
                let reply: Result<IgnoredAny, Error> = self.session.delete(&path).await;
                if !is_not_found(&reply) {
                    reply?;
                }
                _ = self.needs_password.try_set(true);
                Ok(Some(messages().activity.secured.to_owned()))
            })
            .into(),
        });
    }
}

/// The day of the event in the user's time zone.
pub fn day(event: &AuditEvent) -> String {
    format_day(&event.happened_at.as_str().into())
}
