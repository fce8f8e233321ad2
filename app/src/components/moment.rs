//! Moments, in words.

use leptos::{prelude::*, wasm_bindgen::JsValue};

use doorward_api::Timestamp;

/// A moment, in the person's own time zone.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
pub fn When(
    /// The moment.
    at: Timestamp,
) -> impl IntoView {
    let text = in_words(&at);
    view! { <time datetime=at.as_str().to_owned()>{text}</time> }
}

/// For example `23 November 2026 at 20:15`. Only the browser knows the time zone; elsewhere it stays as it travels.
fn in_words(at: &Timestamp) -> String {
    if is_browser() { moment_in_words(&at.as_str().into(), "short") } else { at.as_str().to_owned() }
}

/// A moment, as JavaScript's `Date` takes it, in the person's own time zone: `short` without, `medium` with seconds. In
/// the browser only.
pub(crate) fn moment_in_words(at: &JsValue, time_style: &str) -> String {
    in_form(at, &[("dateStyle", "long"), ("timeStyle", time_style)])
}

/// For example `at 20:15`, if it was today, or `on 23 November 2026 at 20:15`. In the browser only.
pub(crate) fn at_time(at: &Timestamp) -> String {
    let at = JsValue::from(at.as_str());
    let is_today = js_sys::Date::new(&at).to_date_string() == js_sys::Date::new_0().to_date_string();
    let (word, time) = if is_today { ("at", time_of_day(&at)) } else { ("on", moment_in_words(&at, "short")) };
    format!("{word} {time}")
}

/// For example `20:15`. In the browser only.
pub(crate) fn time_of_day(at: &JsValue) -> String {
    in_form(at, &[("timeStyle", "short")])
}

/// For example `Monday 23 November 2026`. In the browser only.
pub(crate) fn day_in_words(at: &JsValue) -> String {
    in_form(at, &[("dateStyle", "full")])
}

fn in_form(at: &JsValue, form: &[(&str, &str)]) -> String {
    let options = js_sys::Object::new();
    for &(key, value) in form {
        _ = js_sys::Reflect::set(&options, &key.into(), &value.into());
    }
    // The pages are in English, so the date is too, whatever the browser's language.
    js_sys::Date::new(at).to_locale_string("en-GB", &options).into()
}
