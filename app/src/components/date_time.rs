//! Dates and times in the user's time zone.

use leptos::{prelude::*, wasm_bindgen::JsValue};

use doorward_api::Timestamp;

/// A `<time>` element.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
pub fn DateTime(at: Timestamp) -> impl IntoView {
    let text = format(&at);
    view! { <time datetime=at.as_str().to_owned()>{text}</time> }
}

/// For example `23 November 2026 at 20:15`. The server renders RFC 3339, because it does not have the time zone of the browser.
fn format(at: &Timestamp) -> String {
    if is_browser() { format_date_time(&at.as_str().into(), "short") } else { at.as_str().to_owned() }
}

/// Formats anything that JavaScript's `Date` accepts: `short` without, `medium` with seconds. In the browser only.
pub(crate) fn format_date_time(at: &JsValue, time_style: &str) -> String {
    format_with(at, &[("dateStyle", "long"), ("timeStyle", time_style)])
}

/// For example `at 20:15` today, else `on 23 November 2026 at 20:15`. In the browser only.
pub(crate) fn format_at(at: &Timestamp) -> String {
    let at = JsValue::from(at.as_str());
    let is_today = js_sys::Date::new(&at).to_date_string() == js_sys::Date::new_0().to_date_string();
    let (preposition, time) = if is_today { ("at", format_time(&at)) } else { ("on", format_date_time(&at, "short")) };
    format!("{preposition} {time}")
}

/// For example `20:15`. In the browser only.
pub(crate) fn format_time(at: &JsValue) -> String {
    format_with(at, &[("timeStyle", "short")])
}

/// For example `Monday 23 November 2026`. In the browser only.
pub(crate) fn format_day(at: &JsValue) -> String {
    format_with(at, &[("dateStyle", "full")])
}

fn format_with(at: &JsValue, options: &[(&str, &str)]) -> String {
    let object = js_sys::Object::new();
    for &(key, value) in options {
        _ = js_sys::Reflect::set(&object, &key.into(), &value.into());
    }
    // Not the browser's language: the pages are in English.
    js_sys::Date::new(at).to_locale_string("en-GB", &object).into()
}
