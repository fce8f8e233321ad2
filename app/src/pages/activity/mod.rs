//! The activity page: the audit events of the user's account.

mod fold;
mod row;
mod state;

use leptos::{prelude::*, task::spawn_local};
use leptos_router::components::Redirect;

use self::{
    row::{EventRow, row},
    state::{ActivityState, ONLY_WARNINGS},
};
use crate::{
    components::{ConfirmDialog, Fetched, LoadMore, ProtectedPage},
    leptos_ext::{ClientOnly, client_only_views, effect},
    messages::{self, messages},
};

#[component]
pub fn Activity() -> impl IntoView {
    view! {
        <ProtectedPage title=messages().activity.title layout="column" lead=messages().activity.lead skeleton>
            <Content/>
        </ProtectedPage>
    }
}

fn skeleton() -> impl IntoView {
    let skeleton = r#"<span class="skeleton as-filter"></span><span class="skeleton as-day"></span><span class="skeleton as-entries"></span>"#;
    view! { <div aria-hidden="true" inner_html=skeleton></div> }
}

#[component]
fn Content() -> impl IntoView {
    let state = ActivityState::new();
    let fetch = move |focus| spawn_local(state.fetch(focus));
    effect(move || fetch(false));
    let end = move || messages::end_of_activity(state.shown().is_empty(), state.only_warnings.get()).to_owned();
    view! {
        <Fetched load=state.paging.load() retry=move || fetch(false) skeleton>
            <label class="filter">
                <input type="checkbox" id=ONLY_WARNINGS on:change=move |event| state.filter(event_target_checked(&event))/>
                {messages().activity.only_warnings}
            </label>
            {client_only_views(move || {
                state.shown().chunk_by(|one, next| one.day == next.day).map(|rows| day(state, rows)).collect::<Vec<_>>()
            })}
            <LoadMore paging=state.paging button=messages().activity.show_older fetch=move || fetch(true) end/>
        </Fetched>
        <ConfirmDialog confirm=state.confirm/>
        {client_only_views(move || {
            state.needs_password.get().then(|| ClientOnly::new(|| view! { <Redirect path="/account#password"/> }))
        })}
    }
}

/// The rows of one day.
fn day(state: ActivityState, rows: &[EventRow]) -> ClientOnly {
    let rows = rows.to_vec();
    ClientOnly::new(move || {
        view! {
            <section class="day">
                <h2>{rows.first().map(|row| row.day.clone())}</h2>
                <ol class="entries" role="list">{rows.into_iter().map(|event| row(state, event)).collect::<Vec<_>>()}</ol>
            </section>
        }
    })
}
