//! What the client decided, in words.

use leptos::{prelude::*, wasm_bindgen::JsValue};

use super::rows::{Row, Rows};
use crate::words;
use doorward::{Decision, Inspector, TimelineEntry};

/// The timeline, newest first.
#[component]
pub fn Timeline(inspector: Inspector) -> impl IntoView {
    let rows = move || inspector.timeline(|entries| entries.iter().map(row).collect());
    view! {
        <section aria-labelledby="timeline">
            <div class="with-action">
                <h2 id="timeline">"Timeline"</h2>
                <button type="button" class="quiet" on:click=move |_| inspector.clear()>"Clear"</button>
            </div>
            // Not read aloud as it grows: a refresh alone is three lines. The keyboard can scroll it.
            <div class="log" role="log" aria-live="off" aria-labelledby="timeline" tabindex="0">
                <Rows class="timeline" rows/>
            </div>
        </section>
    }
}

fn row(entry: &TimelineEntry) -> Row {
    let (kind, value) = mark(&entry.decision);
    Row { kind, name: time_of_day(entry.at), value: value.to_owned(), note: sentence(&entry.decision), left: None }
}

/// The time of day to the millisecond.
fn time_of_day(at: f64) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(at));
    let to_the_second = String::from(date.to_time_string().slice(0, 8));
    format!("{to_the_second}.{:03}", date.get_milliseconds())
}

/// How an entry is marked: its colour, and a word.
fn mark(decision: &Decision) -> (&'static str, &'static str) {
    match decision {
        Decision::Sent { .. } => ("sent", "Sent"),
        Decision::Retried { .. } => ("sent", "Again"),
        Decision::Answered { status: Some(200..300), .. } => ("answered", "Answer"),
        Decision::Answered { .. } | Decision::Discarded { .. } => ("trouble", "Answer"),
        Decision::Refreshing | Decision::Refreshed { .. } => ("token", "Token"),
        Decision::WaitingForTab => ("token", "Tabs"),
        Decision::RefreshFailed { .. } => ("trouble", "Token"),
        Decision::StatusChanged { .. } | Decision::ReauthRequired => ("session", "Session"),
        Decision::Resumed => ("remark", "Woken"),
        Decision::Remark(_) => ("remark", "Remark"),
    }
}

fn sentence(decision: &Decision) -> String {
    let fixed = match decision {
        Decision::Sent { request } => return format!("{request} sent"),
        Decision::Retried { request } => return format!("{request} sent again with the new token"),
        Decision::Answered { request, status: Some(status) } => return format!("{request} answered {status}"),
        Decision::Answered { request, status: None } => return format!("{request} got no answer"),
        Decision::Discarded { request } => {
            return format!("Late answer thrown away: {request} was asked in another session");
        }
        Decision::RefreshFailed { status, again_in } => {
            let answer = match status {
                Some(status) => format!("the server answered {status}"),
                None => "no answer came".to_owned(),
            };
            return format!("Kept the session: {answer}; next try in {}", words::time(*again_in));
        }
        Decision::Refreshing => "Asked for a newer token",
        Decision::Refreshed { elsewhere: false } => "Token refreshed",
        Decision::Refreshed { elsewhere: true } => "Token refreshed by another tab",
        Decision::WaitingForTab => "Waited for another tab",
        Decision::StatusChanged { is_logged_in: Some(true), .. } => "Somebody is logged in",
        Decision::StatusChanged { is_logged_in: Some(false), reason: Some(why) } => words::reason(*why),
        Decision::StatusChanged { is_logged_in: Some(false), reason: None } => "Nobody is logged in",
        Decision::StatusChanged { is_logged_in: None, .. } => "The server will say who is logged in",
        Decision::ReauthRequired => {
            "The session has come to its end: requests wait until the person has logged in again"
        }
        Decision::Resumed => "Looked again: the page is seen, the machine was asleep, or the network is back",
        Decision::Remark(remark) => remark,
    };
    fixed.to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use doorward_api::EndReason;

    #[test]
    fn decisions_are_told_in_plain_words() {
        let request = || "GET /api/me".to_owned();
        for (decision, words) in [
            (Decision::Sent { request: request() }, "GET /api/me sent"),
            (Decision::Retried { request: request() }, "GET /api/me sent again with the new token"),
            (Decision::Answered { request: request(), status: None }, "GET /api/me got no answer"),
            (
                Decision::RefreshFailed { status: Some(503), again_in: Duration::from_millis(1500) },
                "Kept the session: the server answered 503; next try in 2\u{a0}s",
            ),
            (
                Decision::StatusChanged { is_logged_in: Some(false), reason: Some(EndReason::LoggedOut) },
                "You have logged out.",
            ),
        ] {
            assert_eq!(sentence(&decision), words);
        }
    }

    #[test]
    fn only_a_success_looks_like_one() {
        let kind = |status| mark(&Decision::Answered { request: String::new(), status }).0;
        assert_eq!([Some(200), Some(204)].map(kind), ["answered"; 2]);
        assert_eq!([Some(199), Some(401), Some(503), None].map(kind), ["trouble"; 4]);
    }
}
