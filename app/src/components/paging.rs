//! Cursor pagination: a list that is loaded page by page, newest first.

use std::sync::Arc;

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use super::{fetched::PageLoad, focus::focus_on, notice::Notice};
use crate::{leptos_ext::reactive_text, messages};
use doorward::{SessionHandle, use_session};

/// The state of a paginated list.
#[derive(Clone, Copy)]
pub struct Paging {
    session: SessionHandle,
    /// The load of the first page.
    load: PageLoad,
    /// The cursor of the next page, if there is one.
    next_cursor: RwSignal<Option<String>>,
    pending: RwSignal<bool>,
    /// Why a later page failed to load.
    error: RwSignal<Option<String>>,
    /// Announces how many rows were added.
    announcement: RwSignal<Option<String>>,
    /// Counts restarts: the reply to an earlier request is dropped.
    restarts: StoredValue<u32>,
}

impl Paging {
    pub fn idle() -> Self {
        Self {
            session: use_session(),
            load: PageLoad::idle(),
            next_cursor: RwSignal::new(None),
            pending: RwSignal::new(false),
            error: RwSignal::new(None),
            announcement: RwSignal::new(None),
            restarts: StoredValue::new(0),
        }
    }

    pub fn load(self) -> PageLoad {
        self.load
    }

    pub fn has_more(self) -> bool {
        self.next_cursor.with_untracked(Option::is_some)
    }

    /// The next page is the first one, of another list. The rows stay until it is loaded.
    pub fn restart(self) {
        self.restarts.update_value(|count| *count += 1);
        self.next_cursor.set(None);
        self.pending.set(false);
    }

    pub fn announce(self, text: String) {
        self.announcement.set(Some(text));
    }

    /// Fetches the next page of `path`. Returns `None` on failure and after the page has been left.
    pub async fn fetch<T: DeserializeOwned + 'static>(self, path: &str) -> Option<T> {
        if self.load.is_disposed() || self.pending.get_untracked() {
            return None;
        }
        self.pending.set(true);
        self.error.set(None);
        self.load.start();
        let restarts = self.restarts.get_value();
        let mut path = path.to_owned();
        if let Some(cursor) = self.next_cursor.get_untracked() {
            path += if path.contains('?') { "&before=" } else { "?before=" };
            path += &cursor;
        }
        let reply = self.session.get::<T>(&path).await;
        if self.load.is_disposed() || self.restarts.get_value() != restarts {
            return None;
        }
        self.pending.set(false);
        match reply {
            Ok(page) => return Some(page),
            Err(error) if self.has_more() => self.error.set(Some(messages::error(&error))),
            Err(error) => self.load.fail(&error),
        }
        None
    }

    /// Records a fetched page. After the first one, announces the number of new rows and focuses the first of them, if given.
    pub fn loaded(self, next_cursor: Option<String>, first_id: Option<String>, announcement: String) {
        if self.load.is_ready() {
            self.announce(announcement);
            if let Some(first_id) = first_id {
                focus_on(first_id);
            }
        }
        self.next_cursor.set(next_cursor);
        self.load.finish();
    }
}

/// The button for the next page, or a note at the end of the list.
#[component]
pub fn LoadMore(
    paging: Paging,
    button: &'static str,
    fetch: impl Fn() + Send + Sync + 'static,
    /// Shown when there are no more pages.
    end: impl Fn() -> String + Send + Sync + 'static,
) -> impl IntoView {
    let fetch: Arc<dyn Fn() + Send + Sync> = Arc::new(fetch);
    let has_more = move || paging.next_cursor.read().is_some();
    let busy = move || reactive_text(move || Some(if paging.pending.get() { "true" } else { "false" }));
    view! {
        <div class="more">
            <div role="alert"><Notice class="notice error" text=move || paging.error.get()/></div>
            <button
                type="button"
                class="button second"
                hidden=reactive_text(move || (!has_more()).then_some(""))
                aria-busy=busy()
                aria-disabled=busy()
                on:click=move |_| fetch()
            >
                {button}
            </button>
            <Notice class="end" text=move || (!has_more() && !paging.pending.get()).then(&end)/>
            <div class="visually-hidden" role="status"><Notice text=move || paging.announcement.get()/></div>
        </div>
    }
}
