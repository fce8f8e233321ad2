//! Where the person is logged in, and how to end that.

mod item;
mod live;
mod question;

use leptos::{prelude::*, task::spawn_local};

use self::{item::item, live::Live, question::Question};
use crate::{
    components::{Fetched, ListBones, Notice, Page, Protected},
    content::effect,
    words::{self, Which},
};

/// The page of sessions.
#[component]
pub fn Sessions() -> impl IntoView {
    view! {
        <Page title="Sessions" layout="column">
            <p class="lead">
                "Every device that is logged in to your account. End what you do not recognise, then "
                <a href="/account">"change your password"</a>"."
            </p>
            <Protected skeleton=|| view! { <ListBones/> }>
                <Everything/>
            </Protected>
        </Page>
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
        <div class="said" role="status"><Notice text=move || live.said.get()/></div>
        <Fetched fetch=live.fetched again=move |()| fetch() skeleton=|| view! { <ListBones/> }>
            <Toolbar live/>
            <ul class="sessions" role="list">
                {move || {
                    let renamed = live.renamed.get();
                    live.sessions.get().into_iter().map(|session| item(live, session, renamed.as_deref())).collect_view()
                }}
            </ul>
        </Fetched>
        <Question live/>
    }
}

/// How many there are, and what ends more than one.
#[component]
fn Toolbar(live: Live) -> impl IntoView {
    let count = move || live.sessions.with(Vec::len);
    let others = move |_| {
        let others = live.sessions.get_untracked().into_iter().filter(|session| !session.current);
        live.ask(Which::Others(others.collect()));
    };
    view! {
        <div class="toolbar">
            <p>{move || words::count(count())}</p>
            <button type="button" class="button second" hidden=move || count() < 2 on:click=others>
                "End all other sessions"
            </button>
            <button type="button" class="button second" on:click=move |_| live.ask(Which::All(untrack(count)))>
                "Log out everywhere"
            </button>
        </div>
    }
}
