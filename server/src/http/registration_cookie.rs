//! The ticket of a registration that was submitted with the form of the page: in a cookie, so that it is in no URL, in no markup
//! and bound to the browser that began.

use axum::http::{HeaderMap, HeaderName};

use super::cookies;
use crate::model::registration::TICKET_LIFETIME;

fn name(secure: bool) -> &'static str {
    if secure { "__Host-Http-registration" } else { "registration" }
}

/// The ticket. `None` without one, and where a second cookie of the same name has been planted.
pub fn ticket(headers: &HeaderMap, secure: bool) -> Option<String> {
    let mut values = cookies::values(headers, name(secure));
    match (values.next(), values.next()) {
        (Some(value), None) => Some(String::from_utf8_lossy(value).into_owned()),
        _ => None,
    }
}

pub fn set(ticket: String, secure: bool) -> (HeaderName, String) {
    let max_age = i64::try_from(TICKET_LIFETIME.as_secs()).unwrap_or(i64::MAX);
    cookies::header(name(secure), ticket, max_age, secure)
}

pub fn clear(secure: bool) -> (HeaderName, String) {
    cookies::header(name(secure), String::new(), 0, secure)
}
