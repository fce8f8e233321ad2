//! Dates and times in the user's time zone.

use js_sys::Intl::RelativeTimeFormat;
use leptos::{prelude::*, wasm_bindgen::JsValue};

use crate::messages::{self, messages};
use doorward_api::Timestamp;

/// A `<time>` element.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
pub fn DateTime(at: Timestamp) -> impl IntoView {
    let text = format(&at);
    view! { <time datetime=at.as_str().to_owned()>{text}</time> }
}

/// For example `2 hours ago`, with the exact time as its tooltip.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
pub fn RelativeTime(at: Timestamp) -> impl IntoView {
    let text = if is_browser() { format_relative(&at) } else { String::new() };
    view! { <time datetime=at.as_str().to_owned() title=format(&at)>{text}</time> }
}

/// The units of relative times, and up to how many seconds each is used.
const UNITS: [(&str, f64, f64); 6] = [
    ("second", 1.0, 60.0),
    ("minute", 60.0, 3600.0),
    ("hour", 3600.0, 86_400.0),
    ("day", 86_400.0, 30.0 * 86_400.0),
    ("month", 30.0 * 86_400.0, 365.0 * 86_400.0),
    ("year", 365.0 * 86_400.0, f64::INFINITY),
];

/// For example `2 hours ago`, `yesterday` or `now`. In the browser only.
pub(crate) fn format_relative(at: &Timestamp) -> String {
    // The clock of the device may be behind that of the server.
    format_relative_time(((js_sys::Date::now() - js_sys::Date::parse(at.as_str())) / 1000.0).max(0.0))
}

/// A number of seconds ago, or in the future if it is negative: for example `2 hours ago`, `in 30 days`. In the browser only.
pub(crate) fn format_relative_time(seconds_ago: f64) -> String {
    let seconds = seconds_ago.abs();
    let Some((unit, length, _)) = UNITS.into_iter().find(|(_, _, limit)| seconds < *limit) else {
        return String::new();
    };
    let options = js_sys::Object::new();
    _ = js_sys::Reflect::set(&options, &"numeric".into(), &"auto".into());
    let format = RelativeTimeFormat::new(&js_sys::Array::of1(&messages().locale.into()), &options);
    // Less than a minute is `now`.
    let count = if unit == "second" { 0.0 } else { -(seconds_ago / length).floor() };
    format.format(count, unit).into()
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
    if is_today { messages::at_time(&format_time(&at)) } else { messages::on_date(&format_date_time(&at, "short")) }
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
    js_sys::Date::new(at).to_locale_string(messages().locale, &object).into()
}
