//! The sessions page: the user's sessions, with controls to rename and end them.

mod confirm_dialog;
mod item;
mod state;

use leptos::{prelude::*, task::spawn_local};

use self::{confirm_dialog::ConfirmDialog, item::item, state::SessionsState};
use crate::{
    components::{Fetched, ListSkeleton, Notice, ProtectedPage},
    leptos_ext::{client_only_views, effect, live_text, reactive_text},
    messages::{self, EndTarget, messages},
};

#[component]
pub fn Sessions() -> impl IntoView {
    view! {
        <ProtectedPage title=messages().sessions.title layout="column" lead=messages().sessions.lead skeleton=|| view! { <ListSkeleton/> }>
            <Content/>
        </ProtectedPage>
    }
}

#[component]
fn Content() -> impl IntoView {
    let state = SessionsState::new();
    let fetch = move || spawn_local(state.fetch());
    effect(fetch);
    // Sessions may have started or ended while the page was hidden.
    let listener = window_event_listener_untyped("visibilitychange", move |_| {
        if !document().hidden() && state.can_reload() {
            fetch();
        }
    });
    on_cleanup(move || listener.remove());
    view! {
        <Fetched load=state.load retry=fetch skeleton=|| view! { <ListSkeleton/> }>
            <Toolbar state/>
            <ul class="sessions" role="list">
                {client_only_views(move || state.sessions.get().into_iter().map(move |session| item(state, session)))}
            </ul>
        </Fetched>
        <div class="toast" role="status"><Notice class="" text=move || state.result.get()/></div>
        <ConfirmDialog state/>
    }
}

/// The number of sessions, and the buttons that end several of them.
#[component]
fn Toolbar(state: SessionsState) -> impl IntoView {
    let count = move || state.sessions.with(Vec::len);
    view! {
        <div class="toolbar">
            <p id="count">{live_text(move || messages::session_count(count()))}</p>
            <button
                type="button"
                class="button second"
                aria-disabled=reactive_text(move || (count() < 2).then_some("true"))
                aria-describedby="count"
                on:click=move |_| {
                    if state.sessions.with_untracked(|sessions| sessions.len() > 1) {
                        state.confirm(EndTarget::Others);
                    }
                }
            >
                {messages().sessions.end_others}
            </button>
            <button type="button" class="button second" on:click=move |_| state.confirm(EndTarget::All)>
                {messages().sessions.end_all}
            </button>
        </div>
    }
}
