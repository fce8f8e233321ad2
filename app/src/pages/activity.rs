//! The activity page: the audit events of the user's account.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    components::{Fetched, ListSkeleton, LoadMore, Paging, ProtectedPage, format_day, format_time},
    leptos_ext::{ClientOnly, client_only_views, effect},
    messages::{self, messages},
};
use doorward_api::{self as api, AuditEvent};

#[component]
pub fn Activity() -> impl IntoView {
    view! {
        <ProtectedPage title=messages().activity.title layout="column" lead=messages().activity.lead skeleton=|| view! { <ListSkeleton/> }>
            <Content/>
        </ProtectedPage>
    }
}

/// An audit event, formatted.
#[derive(Clone)]
struct EventRow {
    id: String,
    sentence: String,
    is_warning: bool,
    day: String,
    time: String,
    /// RFC 3339, for the `datetime` attribute.
    timestamp: String,
    /// Device and IP address.
    origin: String,
}

/// The names of the days that have one, to compare with.
struct Days {
    today: String,
    yesterday: String,
}

impl Days {
    fn now() -> Self {
        let now = js_sys::Date::now();
        let day = |at: f64| format_day(&at.into());
        Self { today: day(now), yesterday: day(now - 86_400_000.0) }
    }

    fn row(&self, event: AuditEvent) -> EventRow {
        let timestamp = event.happened_at.as_str();
        // What the operator does has neither device nor address.
        let origin = event.device.as_ref().zip(event.ip.as_ref());
        EventRow {
            sentence: messages::event(&event),
            is_warning: messages::is_warning(&event),
            day: match format_day(&timestamp.into()) {
                day if day == self.today => messages().activity.today.to_owned(),
                day if day == self.yesterday => messages().activity.yesterday.to_owned(),
                day => day,
            },
            time: format_time(&timestamp.into()),
            timestamp: timestamp.to_owned(),
            origin: origin.map_or_else(String::new, |(device, ip)| messages::device(device) + " · " + ip),
            id: event.id,
        }
    }
}

#[derive(Clone, Copy)]
struct ActivityState {
    paging: Paging,
    events: RwSignal<Vec<EventRow>>,
}

impl ActivityState {
    async fn fetch(self) {
        let Some(activity) = self.paging.fetch::<api::Activity>("/api/activity").await else { return };
        let days = Days::now();
        let first = activity.events.first().map(|first| first.id.clone());
        self.paging.loaded(activity.before, first, messages::older_events(activity.events.len()));
        self.events.update(|events| events.extend(activity.events.into_iter().map(|event| days.row(event))));
    }
}

#[component]
fn Content() -> impl IntoView {
    let state = ActivityState { paging: Paging::idle(), events: RwSignal::new(Vec::new()) };
    let fetch = move || spawn_local(state.fetch());
    effect(fetch);
    let end = move || messages::end_of_activity(state.events.with(Vec::is_empty));
    view! {
        <Fetched load=state.paging.load() retry=fetch skeleton=|| view! { <ListSkeleton/> }>
            {client_only_views(move || state.events.with(|events| {
                events.chunk_by(|one, next| one.day == next.day).map(day).collect::<Vec<_>>()
            }))}
            <LoadMore paging=state.paging button=messages().activity.show_older fetch end/>
        </Fetched>
    }
}

/// The events of one day.
fn day(events: &[EventRow]) -> ClientOnly {
    let events = events.to_vec();
    ClientOnly::new(move || {
        view! {
            <section class="day">
                <h2>{events.first().map(|event| event.day.clone())}</h2>
                <ol role="list">{events.into_iter().map(row).collect::<Vec<_>>()}</ol>
            </section>
        }
    })
}

fn row(event: EventRow) -> ClientOnly {
    ClientOnly::new(move || {
        view! {
            <li id=event.id tabindex="-1" class=if event.is_warning { "warning-row" } else { "" }>
                <p>{event.sentence}</p>
                <p class="where"><time datetime=event.timestamp>{event.time}</time>{event.origin}</p>
            </li>
        }
    })
}
