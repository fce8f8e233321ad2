//! The list of sessions: its order, its groups, and whether the user is in it.

use leptos::{prelude::*, wasm_bindgen::JsValue};

use doorward_api::{Session, Timestamp};

/// The most recently used first. The server orders them by login.
pub fn in_order(sessions: Vec<Session>) -> Vec<Session> {
    let mut ordered = Vec::<Session>::with_capacity(sessions.len());
    for session in sessions {
        // Inserted one by one, which is much less code than sorting.
        let index = ordered.iter().position(|other| other.last_used_at < session.last_used_at);
        ordered.insert(index.unwrap_or(ordered.len()), session);
    }
    ordered
}

pub fn thirty_days_ago() -> Timestamp {
    let at = js_sys::Date::new(&JsValue::from(js_sys::Date::now() - 30.0 * 86_400_000.0));
    Timestamp::new(at.to_iso_string())
}

/// Whether the focus is in the list, or details are open: it is not rebuilt then.
pub fn is_list_in_use() -> bool {
    document().query_selector(".sessions :is(:focus, details[open])").is_ok_and(|element| element.is_some())
}
