//! The activity page: the audit events of the user's account.

mod fold;
mod row;
mod state;

use leptos::{prelude::*, tachys::renderer::types::Element, task::spawn_local};

use self::{
    row::row,
    state::{ActivityState, ONLY_WARNINGS, day},
};
use crate::{
    components::{Buttons, ConfirmDialog, Fetched, LoadMore, ProtectedPage, format_day},
    leptos_ext::{ClientOnly, client_only_views, effect, element, text_element},
    messages::{self, messages},
    router::Redirect,
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
    let end = move || messages::end_of_activity(state.count_shown() == 0, state.only_warnings.get()).to_owned();
    view! {
        <Fetched load=state.paging.load() retry=move || fetch(false) skeleton>
            <label class="filter">
                <input type="checkbox" id=ONLY_WARNINGS on:change=move |event| state.filter(event_target_checked(&event))/>
                {messages().activity.only_warnings}
            </label>
            <Buttons
                on_button=move |session_id: &str, _: &str| state.disown(session_id)
                content=client_only_views(move || {
                    state.entries.track();
                    state.only_warnings.track();
                    Some(ClientOnly::of_element(move || days(&state)))
                })
            />
            <LoadMore paging=state.paging button=messages().activity.show_older fetch=move || fetch(true) end/>
        </Fetched>
        <ConfirmDialog confirm=state.confirm/>
        {client_only_views(move || {
            state.needs_password.get().then(|| ClientOnly::new(|| view! { <Redirect path="/account#password".to_owned()/> }))
        })}
    }
}

/// The entries that the filter shows, by day.
fn days(state: &ActivityState) -> Element {
    let now = js_sys::Date::now();
    let (today, yesterday) = (format_day(&now.into()), format_day(&(now - 86_400_000.0).into()));
    let session = state.current_session();
    let mut days: Vec<Element> = Vec::new();
    let mut shown = String::new();
    let only_warnings = state.only_warnings.get_untracked();
    state.entries.with_untracked(|entries| {
        for entry in entries.iter().filter(|entry| entry.is_shown(only_warnings)) {
            let day = day(&entry.event);
            if day != shown {
                let heading = match () {
                    () if day == today => messages().activity.today,
                    () if day == yesterday => messages().activity.yesterday,
                    () => &day,
                };
                let list = element("ol", &[("class", "entries"), ("role", "list")], &[]);
                days.push(element("section", &[("class", "day")], &[text_element("h2", &[], heading), list]));
                shown = day;
            }
            if let Some(list) = days.last().and_then(Element::last_element_child) {
                _ = list.append_child(&row(entry, &session));
            }
        }
    });
    element("div", &[], &days)
}
