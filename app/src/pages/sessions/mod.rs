//! Where the person is logged in, and how to end that.

mod item;
mod live;
mod question;

use leptos::{prelude::*, task::spawn_local};

use self::{item::item, live::Live, question::Question};
use crate::{
    components::{Fetched, ListBones, Notice, ProtectedPage},
    content::{changing, effect},
    private,
    words::{self, Which},
};

/// The page of sessions.
#[component]
pub fn Sessions() -> impl IntoView {
    let lead = "Every place where you are logged in. End what you do not recognise, then change your password.";
    view! {
        <ProtectedPage title="Sessions" layout="column" lead skeleton=|| view! { <ListBones/> }>
            <Everything/>
        </ProtectedPage>
    }
}

/// What only the person may see.
#[component]
fn Everything() -> impl IntoView {
    let live = Live::new();
    let fetch = move || spawn_local(live.fetch());
    effect(fetch);
    // Somebody comes back to the page: other devices may have come and gone.
    let seen = window_event_listener_untyped("visibilitychange", move |_| {
        if !document().hidden() && live.is_untouched() {
            fetch();
        }
    });
    on_cleanup(move || seen.remove());
    view! {
        <Fetched state=live.fetching again=fetch skeleton=|| view! { <ListBones/> }>
            <Toolbar live/>
            <ul class="sessions" role="list">
                {private::changing(move || live.sessions.get().into_iter().map(move |session| item(live, session)))}
            </ul>
        </Fetched>
        <div class="done" role="status"><Notice class="" text=move || live.said.get()/></div>
        <Question live/>
    }
}

/// How many there are, and what ends more than one.
#[component]
fn Toolbar(live: Live) -> impl IntoView {
    let count = move || live.sessions.with(Vec::len);
    view! {
        <div class="toolbar">
            <p id="count">{move || words::count(count())}</p>
            <button
                type="button"
                class="button second"
                aria-disabled=changing(move || (count() < 2).then_some("true"))
                aria-describedby="count"
                on:click=move |_| {
                    if live.sessions.with_untracked(|sessions| sessions.len() > 1) {
                        live.ask(Which::Others);
                    }
                }
            >
                "End all other sessions"
            </button>
            <button type="button" class="button second" on:click=move |_| live.ask(Which::All)>
                "Log out everywhere"
            </button>
        </div>
    }
}
