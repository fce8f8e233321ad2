//! The entries of the list, in sentences.

use leptos::tachys::renderer::types::Element;

use super::fold::Entry;
use crate::{
    components::format_time,
    leptos_ext::{element, text_element},
    messages::{self, messages},
};
use doorward_api::{AuditEvent, EventKind};

const LOGIN: &str = "M14 4h4.5A1.5 1.5 0 0 1 20 5.5v13a1.5 1.5 0 0 1-1.5 1.5H14M4 12h10.5M11 8.5l3.5 3.5-3.5 3.5";
const LOGOUT: &str = "M10 4H5.5A1.5 1.5 0 0 0 4 5.5v13A1.5 1.5 0 0 0 5.5 20H10M9.5 12H20M16.5 8.5 20 12l-3.5 3.5";
const WARNING: &str = "M12 4 2.8 19.5h18.4zM12 10v4.5M12 16.9v.1";
const KEY: &str = "M12 15.5a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM10.9 12.7 19.5 4M15.5 8l3 3";
const PERSON: &str = "M16 8a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM4.5 20.5c.8-4 3.8-6 7.5-6s6.7 2 7.5 6";

fn icon(Entry { event, login }: &Entry) -> &'static str {
    match event.kind {
        EventKind::SessionEnded if login.is_none() => LOGOUT,
        EventKind::LoggedIn | EventKind::SessionEnded => LOGIN,
        EventKind::PasswordChanged | EventKind::ResetDone | EventKind::KeysRotated | EventKind::KeysReset => KEY,
        _ if messages::is_warning(event) => WARNING,
        _ => PERSON,
    }
}

/// A list item. The `value` of its button is the ID of the session that started with the login.
pub fn row(entry: &Entry, current_session: &str) -> Element {
    let Entry { event, login } = entry;
    let icon_element = element("span", &[("class", "entry-icon"), ("aria-hidden", "true")], &[]);
    icon_element
        .set_inner_html(&(String::from(r#"<svg viewBox="0 0 24 24"><path d=""#) + icon(entry) + r#""/></svg>"#));

    let sentence_id = String::from("event-") + &event.id;
    let start = login.as_ref().unwrap_or(event);
    let (mut sentence, mut places, mut end) = (messages::event(event), vec![time(start)], String::new());
    // What the operator does has neither device nor address.
    let mut device = start.device.as_ref().map(messages::device);
    if login.is_some() {
        places.push(time(event));
        device = None;
        end = std::mem::replace(&mut sentence, messages::was_logged_in(start));
        if !messages::was_ended(event) {
            end.clear();
        }
    }
    let places = [
        element("span", &[], &places),
        text_element("span", &[], device.as_deref().unwrap_or_default()),
        text_element("span", &[], start.ip.as_deref().unwrap_or_default()),
    ];
    let texts = [
        text_element("p", &[("id", &sentence_id)], &sentence),
        element("p", &[("class", "where")], &places),
        text_element("p", &[("class", "where")], &end),
    ];
    let mut parts = vec![icon_element, element("div", &[("class", "entry")], &texts)];
    let session = start.session.as_ref().filter(|_| start.kind == EventKind::LoggedIn);
    // The session of this page is the user's own.
    if let Some(session) = session.filter(|session| session.id != current_session) {
        let attributes =
            [("type", "button"), ("class", "quiet"), ("value", &session.id), ("aria-describedby", &sentence_id)];
        parts.push(text_element("button", &attributes, messages().activity.not_me));
    }
    let class = if messages::is_warning(event) { "warning-row" } else { "" };
    element("li", &[("id", &event.id), ("tabindex", "-1"), ("class", class)], &parts)
}

fn time(event: &AuditEvent) -> Element {
    let timestamp = event.happened_at.as_str();
    text_element("time", &[("datetime", timestamp)], &format_time(&timestamp.into()))
}
