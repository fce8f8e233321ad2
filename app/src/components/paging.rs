//! A list that comes page by page: the newest first, and more when the person asks.

use std::sync::Arc;

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use super::{fetched::Fetching, focus::focus_on, notice::Notice};
use crate::{content::changing, words};
use doorward::{SessionHandle, use_session};

/// How far a list has come.
#[derive(Clone, Copy)]
pub struct Paging {
    session: SessionHandle,
    fetching: Fetching,
    /// Where the next page begins, if there is one.
    before: RwSignal<Option<String>>,
    /// Whether it is on its way.
    pending: RwSignal<bool>,
    /// Why it did not come.
    refusal: RwSignal<Option<String>>,
    /// How much has come.
    said: RwSignal<Option<String>>,
}

impl Paging {
    /// Nothing has come yet.
    pub fn begin() -> Self {
        Self {
            session: use_session(),
            fetching: Fetching::begin(),
            before: RwSignal::new(None),
            pending: RwSignal::new(false),
            refusal: RwSignal::new(None),
            said: RwSignal::new(None),
        }
    }

    /// How far the first page has come.
    pub fn fetching(self) -> Fetching {
        self.fetching
    }

    /// Fetches the next page below `path`. `None` where it did not come, or nobody waits for it any more.
    pub async fn next<T: DeserializeOwned + 'static>(self, path: &str) -> Option<T> {
        if self.fetching.is_gone() || self.pending.get_untracked() {
            return None;
        }
        self.pending.set(true);
        self.refusal.set(None);
        self.fetching.again();
        let before = self.before.get_untracked().map(|before| format!("?before={before}"));
        let reply = self.session.get::<T>(&(path.to_owned() + before.as_deref().unwrap_or_default())).await;
        if self.fetching.is_gone() {
            return None;
        }
        self.pending.set(false);
        match reply {
            Ok(page) => return Some(page),
            Err(error) if self.fetching.is_done() => self.refusal.set(Some(words::error(&error))),
            Err(error) => self.fetching.failed(&error),
        }
        None
    }

    /// A page has come. If it is not the first, it is said how much that is, and the focus goes to where it begins.
    pub fn came(self, before: Option<String>, first: Option<String>, how_much: String) {
        if self.fetching.is_done() {
            self.said.set(Some(how_much));
            focus_on(first.unwrap_or_default());
        }
        self.before.set(before);
        self.fetching.done();
    }
}

/// The way to the next page, or the end.
#[component]
pub fn More(
    /// How far the list has come.
    paging: Paging,
    /// What the button says.
    more: &'static str,
    /// Fetches the next page.
    again: impl Fn() + Send + Sync + 'static,
    /// What stands where there is no more.
    end: impl Fn() -> &'static str + Send + Sync + 'static,
) -> impl IntoView {
    let again: Arc<dyn Fn() + Send + Sync> = Arc::new(again);
    let has_more = move || paging.before.read().is_some();
    let busy = move || changing(move || Some(if paging.pending.get() { "true" } else { "false" }));
    view! {
        <div class="more">
            <div role="alert"><Notice class="notice wrong" text=move || paging.refusal.get()/></div>
            <button
                type="button"
                class="button second"
                hidden=changing(move || (!has_more()).then_some(""))
                aria-busy=busy()
                aria-disabled=busy()
                on:click=move |_| again()
            >
                {more}
            </button>
            <Notice class="end" text=move || (!has_more()).then(&end)/>
            <div class="unseen" role="status"><Notice text=move || paging.said.get()/></div>
        </div>
    }
}
