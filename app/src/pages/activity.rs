//! What happened to the person's account.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::{self, Event},
    client::{SessionHandle, use_session},
    components::{Fetched, Fetching, ListBones, Notice, ProtectedPage, day_in_words, focus_on, time_of_day},
    content::{changing, effect},
    private::{self, Private},
    words,
};

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

    fn tell(&self, event: Event) -> Told {
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
    session: SessionHandle,
    fetching: Fetching,
    events: RwSignal<Vec<Told>>,
    /// Where the events before these begin, if there are any.
    before: RwSignal<Option<String>>,
    /// Whether they are on their way.
    pending: RwSignal<bool>,
    /// Why they did not come.
    refusal: RwSignal<Option<String>>,
    /// How many have come.
    said: RwSignal<Option<String>>,
}

impl Log {
    fn new() -> Self {
        Self {
            session: use_session(),
            fetching: Fetching::begin(),
            events: RwSignal::new(Vec::new()),
            before: RwSignal::new(None),
            pending: RwSignal::new(false),
            refusal: RwSignal::new(None),
            said: RwSignal::new(None),
        }
    }

    /// Fetches the newest events, then those before the ones that are here, and leads to the first of these.
    async fn fetch(self) {
        if self.fetching.is_gone() || self.pending.get_untracked() {
            return;
        }
        self.pending.set(true);
        self.refusal.set(None);
        self.fetching.again();
        let before = self.before.get_untracked().map(|before| format!("?before={before}"));
        let path = "/api/activity".to_owned() + before.as_deref().unwrap_or_default();
        let reply = self.session.get::<api::Activity>(&path).await;
        if self.fetching.is_gone() {
            return;
        }
        self.pending.set(false);
        match reply {
            Ok(activity) => {
                let days = Days::now();
                if self.fetching.is_done() {
                    self.said.set(Some(words::older(activity.events.len())));
                    focus_on(activity.events.first().map(|first| first.id.clone()).unwrap_or_default());
                }
                self.before.set(activity.before);
                self.events.update(|events| events.extend(activity.events.into_iter().map(|event| days.tell(event))));
                self.fetching.done();
            }
            Err(error) if self.fetching.is_done() => self.refusal.set(Some(words::error(&error))),
            Err(error) => self.fetching.failed(&error),
        }
    }
}

/// What only the person may see.
#[component]
fn Everything() -> impl IntoView {
    let log = Log::new();
    let fetch = move || spawn_local(log.fetch());
    effect(fetch);
    view! {
        <Fetched state=log.fetching again=fetch skeleton=|| view! { <ListBones/> }>
            {private::changing(move || log.events.with(|events| {
                events.chunk_by(|one, next| one.day == next.day).map(day).collect::<Vec<_>>()
            }))}
            <More log/>
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

/// The way to older events, or the end.
#[component]
fn More(log: Log) -> impl IntoView {
    let has_more = move || log.before.read().is_some();
    let end = move || match (has_more(), log.events.with(Vec::is_empty)) {
        (true, _) => None,
        (false, true) => Some("Nothing has happened for a long time."),
        (false, false) => Some("That is all."),
    };
    let busy = move || changing(move || Some(if log.pending.get() { "true" } else { "false" }));
    view! {
        <div class="more">
            <div role="alert"><Notice class="notice wrong" text=move || log.refusal.get()/></div>
            <button
                type="button"
                class="button second"
                hidden=changing(move || (!has_more()).then_some(""))
                aria-busy=busy()
                aria-disabled=busy()
                on:click=move |_| spawn_local(log.fetch())
            >
                "Show older events"
            </button>
            <Notice class="end" text=end/>
            <div class="unseen" role="status"><Notice text=move || log.said.get()/></div>
        </div>
    }
}
