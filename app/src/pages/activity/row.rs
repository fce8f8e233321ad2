//! An entry of the list, formatted.

use leptos::prelude::*;

use super::{
    fold::{Entry, fold},
    state::ActivityState,
};
use crate::{
    components::{format_day, format_time},
    leptos_ext::ClientOnly,
    messages::{self, messages},
};
use doorward_api::{AuditEvent, EventKind};

const LOGIN: &str = "M14 4h4.5A1.5 1.5 0 0 1 20 5.5v13a1.5 1.5 0 0 1-1.5 1.5H14M4 12h10.5M11 8.5l3.5 3.5-3.5 3.5";
const LOGOUT: &str = "M10 4H5.5A1.5 1.5 0 0 0 4 5.5v13A1.5 1.5 0 0 0 5.5 20H10M9.5 12H20M16.5 8.5 20 12l-3.5 3.5";
const WARNING: &str = "M12 4 2.8 19.5h18.4zM12 10v4.5M12 16.9v.1";
const KEY: &str = "M12 15.5a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM10.9 12.7 19.5 4M15.5 8l3 3";
const PERSON: &str = "M16 8a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM4.5 20.5c.8-4 3.8-6 7.5-6s6.7 2 7.5 6";

#[derive(Clone)]
pub struct EventRow {
    pub id: String,
    pub is_warning: bool,
    pub day: String,
    icon: &'static str,
    sentence: String,
    /// How a session ended, unless the user logged out.
    end: Option<String>,
    /// RFC 3339, for the `datetime` attribute, and formatted. Of a session: its start and its end.
    times: Vec<(String, String)>,
    /// Device and IP address.
    origin: String,
    /// Of a login.
    login: Option<LoginSession>,
}

/// The session that started with a login.
#[derive(Clone)]
pub struct LoginSession {
    pub id: String,
    pub name: String,
}

/// The rows of one page of events.
pub fn rows(events: Vec<AuditEvent>) -> Vec<EventRow> {
    let day = |event: &AuditEvent| format_day(&event.happened_at.as_str().into());
    let now = js_sys::Date::now();
    let (today, yesterday) = (format_day(&now.into()), format_day(&(now - 86_400_000.0).into()));
    let entries = fold(events, |one, other| day(one) == day(other));
    let named = |day: String| match day {
        day if day == today => messages().activity.today.to_owned(),
        day if day == yesterday => messages().activity.yesterday.to_owned(),
        day => day,
    };
    entries.into_iter().map(|entry| EventRow::new(named(day(&entry.event)), entry)).collect()
}

impl EventRow {
    fn new(day: String, Entry { event, login }: Entry) -> Self {
        let is_warning = messages::is_warning(&event);
        let icon = match event.kind {
            EventKind::LoggedIn => LOGIN,
            EventKind::SessionEnded if login.is_none() => LOGOUT,
            EventKind::SessionEnded => LOGIN,
            EventKind::PasswordChanged | EventKind::KeysRotated | EventKind::KeysReset => KEY,
            _ if is_warning => WARNING,
            _ => PERSON,
        };
        let sentence = messages::event(&event);
        let (sentence, end) = match &login {
            Some(login) => (messages::was_logged_in(login), messages::was_ended(&event).then_some(sentence)),
            None => (sentence, None),
        };
        let mut times: Vec<_> = login.iter().chain([&event]).map(time).collect();
        times.dedup_by(|end, start| end.1 == start.1);
        let start = login.as_ref().unwrap_or(&event);
        // The sentence about a folded session names its device. What the operator does has neither device nor address.
        let device = start.device.as_ref().filter(|_| login.is_none()).map(|device| messages::device(device) + " · ");
        let origin = device.unwrap_or_default() + start.ip.as_deref().unwrap_or_default();
        let session = start.session.as_ref().filter(|_| start.kind == EventKind::LoggedIn);
        let login = session.map(|session| LoginSession { id: session.id.clone(), name: messages::login_device(start) });
        Self { id: event.id, is_warning, day, icon, sentence, end, times, origin, login }
    }
}

fn time(event: &AuditEvent) -> (String, String) {
    let timestamp = event.happened_at.as_str();
    (timestamp.to_owned(), format_time(&timestamp.into()))
}

/// A list item.
pub fn row(state: ActivityState, row: EventRow) -> ClientOnly {
    ClientOnly::new(move || {
        let EventRow { id, is_warning, icon, sentence, end, times, origin, login, .. } = row;
        let times: Vec<_> =
            times.into_iter().map(|(timestamp, text)| view! { <time datetime=timestamp>{text}</time> }).collect();
        let icon = String::from(r#"<svg viewBox="0 0 24 24"><path d=""#) + icon + r#""/></svg>"#;
        let sentence_id = String::from("event-") + &id;
        // The session of this page is the user's own.
        let login = login.filter(|login| !state.is_current(&login.id));
        view! {
            <li id=id tabindex="-1" class=if is_warning { "warning-row" } else { "" }>
                <span class="entry-icon" aria-hidden="true" inner_html=icon></span>
                <div class="entry">
                    <p id=sentence_id.clone()>{sentence}</p>
                    <p class="where"><span>{times}</span>{origin}</p>
                    <p class="where">{end}</p>
                </div>
                <button
                    type="button"
                    class="quiet"
                    hidden=login.is_none()
                    aria-describedby=sentence_id
                    on:click=move |_| login.iter().for_each(|login| state.disown(login.clone()))
                >
                    {messages().activity.not_me}
                </button>
            </li>
        }
    })
}
