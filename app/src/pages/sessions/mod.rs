//! The sessions page: the user's sessions, with controls to rename and end them.

mod button;
mod item;
mod list;
mod state;

use leptos::{prelude::*, task::spawn_local};

use self::{
    button::{DANGER, button},
    item::item,
    state::SessionsState,
};
use crate::{
    components::{ConfirmDialog, Fetched, ProtectedPage},
    leptos_ext::{ReactiveViews, client_only_views, effect, live_text, reactive_text},
    messages::{self, EndTarget, messages},
};

#[component]
pub fn Sessions() -> impl IntoView {
    view! {
        <ProtectedPage title=messages().sessions.title layout="column" lead=messages().sessions.lead skeleton=|| view! { <Skeleton/> }>
            <Content/>
        </ProtectedPage>
    }
}

/// This device, the toolbar and a few others.
#[component]
fn Skeleton() -> impl IntoView {
    let skeleton = r#"<span class="skeleton"></span>"#.repeat(3);
    view! { <div class="sessions-skeleton" aria-hidden="true" inner_html=skeleton></div> }
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
        <Fetched load=state.load retry=fetch skeleton=|| view! { <Skeleton/> }>
            <ul class="sessions current" role="list">{items(state, Group::Current)}</ul>
            <Toolbar state/>
            <ul class="sessions" role="list">{items(state, Group::Recent)}</ul>
            <UnusedSessions state/>
        </Fetched>
        <ConfirmDialog confirm=state.confirm/>
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Group {
    /// The session of this device.
    Current,
    Recent,
    /// Not used for 30 days.
    Unused,
}

fn items(state: SessionsState, group: Group) -> ReactiveViews {
    client_only_views(move || {
        let mut sessions = state.sessions.get();
        let unused = state.unused();
        sessions.retain(|session| {
            group
                == if session.current {
                    Group::Current
                } else if unused.includes(session) {
                    Group::Unused
                } else {
                    Group::Recent
                }
        });
        sessions.into_iter().map(move |session| item(state, session))
    })
}

/// The number of sessions, and the buttons that end several of them.
#[component]
fn Toolbar(state: SessionsState) -> impl IntoView {
    let text = &messages().sessions;
    let count = move || state.sessions.with(Vec::len);
    let end_others = button(
        DANGER,
        text.end_others,
        None,
        "count".to_owned(),
        reactive_text(move || (count() < 2).then_some("true")),
        Box::new(move || {
            if state.sessions.with_untracked(|sessions| sessions.len() > 1) {
                state.confirm_end(EndTarget::Others);
            }
        }),
    );
    let end_all = Box::new(move || state.confirm_end(EndTarget::All));
    let end_all = button(DANGER, text.end_all, None, "count".to_owned(), Box::new(|| None), end_all);
    view! {
        <div class="toolbar">
            <p id="count">{live_text(move || messages::session_count(count()))}</p>
            <div>{end_others}{end_all}</div>
        </div>
    }
}

/// The folded group of sessions that have not been used for 30 days. It stays open or closed while its sessions change.
#[component]
fn UnusedSessions(state: SessionsState) -> impl IntoView {
    let count = move || {
        let unused = state.unused();
        state.sessions.with(|sessions| sessions.iter().filter(|session| unused.includes(session)).count())
    };
    let end = Box::new(move || state.confirm_end(state.unused()));
    let end = button(DANGER, messages().sessions.end_unused, None, "unused".to_owned(), Box::new(|| None), end);
    view! {
        <div class="unused" hidden=reactive_text(move || (count() == 0).then_some(""))>
            <details>
                <summary id="unused">{live_text(move || messages::unused_count(count()))}</summary>
                <ul class="sessions" role="list">{items(state, Group::Unused)}</ul>
            </details>
            {end}
        </div>
    }
}
