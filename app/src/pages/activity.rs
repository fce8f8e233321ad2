//! What happened to the person's account.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    components::{Fetched, ListBones, More, Paging, ProtectedPage, day_in_words, time_of_day},
    content::effect,
    private::{self, Private},
    words,
};
use doorward_api::{self as api, AuditEvent};

/// The page of security events.
#[component]
pub fn Activity() -> impl IntoView {
    let lead = "What happened to your account. If something here was not you, change your password.";
    view! {
        <ProtectedPage title="Activity" layout="column" lead skeleton=|| view! { <ListBones/> }>
            <Everything/>
        </ProtectedPage>
    }
}

/// One event, as it is told.
#[derive(Clone)]
struct Told {
    id: String,
    sentence: String,
    is_alarming: bool,
    day: String,
    time: String,
    /// In the form for machines.
    at: String,
    place: String,
}

/// The days that have a name.
struct Days {
    today: String,
    yesterday: String,
}

impl Days {
    fn now() -> Self {
        let now = js_sys::Date::now();
        let day = |at: f64| day_in_words(&at.into());
        Self { today: day(now), yesterday: day(now - 86_400_000.0) }
    }

    fn tell(&self, event: AuditEvent) -> Told {
        let at = event.happened_at.as_str();
        // The operator has neither.
        let place = event.device.as_ref().zip(event.ip.as_ref());
        Told {
            sentence: words::event(&event),
            is_alarming: words::is_alarming(&event),
            day: match day_in_words(&at.into()) {
                day if day == self.today => "Today".to_owned(),
                day if day == self.yesterday => "Yesterday".to_owned(),
                day => day,
            },
            time: time_of_day(&at.into()),
            at: at.to_owned(),
            place: place.map_or_else(String::new, |(device, ip)| words::device(device) + " · " + ip),
            id: event.id,
        }
    }
}

/// What is known of it so far.
#[derive(Clone, Copy)]
struct Log {
    paging: Paging,
    events: RwSignal<Vec<Told>>,
}

impl Log {
    /// Fetches the newest events, then those before the ones that are here.
    async fn fetch(self) {
        let Some(activity) = self.paging.next::<api::Activity>("/api/activity").await else { return };
        let days = Days::now();
        let first = activity.events.first().map(|first| first.id.clone());
        self.paging.came(activity.before, first, words::older(activity.events.len()));
        self.events.update(|events| events.extend(activity.events.into_iter().map(|event| days.tell(event))));
    }
}

/// What only the person may see.
#[component]
fn Everything() -> impl IntoView {
    let log = Log { paging: Paging::begin(), events: RwSignal::new(Vec::new()) };
    let fetch = move || spawn_local(log.fetch());
    effect(fetch);
    let end = move || {
        if log.events.with(Vec::is_empty) { "Nothing has happened for a long time." } else { "That is all." }
    };
    view! {
        <Fetched state=log.paging.fetching() again=fetch skeleton=|| view! { <ListBones/> }>
            {private::changing(move || log.events.with(|events| {
                events.chunk_by(|one, next| one.day == next.day).map(day).collect::<Vec<_>>()
            }))}
            <More paging=log.paging more="Show older events" again=fetch end=end/>
        </Fetched>
    }
}

/// The events of one day.
fn day(events: &[Told]) -> Private {
    let events = events.to_vec();
    Private::new(move || {
        view! {
            <section class="day">
                <h2>{events.first().map(|event| event.day.clone())}</h2>
                <ol role="list">{events.into_iter().map(row).collect::<Vec<_>>()}</ol>
            </section>
        }
    })
}

/// One event.
fn row(event: Told) -> Private {
    Private::new(move || {
        view! {
            <li id=event.id tabindex="-1" class=if event.is_alarming { "alarming" } else { "" }>
                <p>{event.sentence}</p>
                <p class="where"><time datetime=event.at>{event.time}</time>{event.place}</p>
            </li>
        }
    })
}
