//! The timeline of the client's decisions.

use leptos::{prelude::*, wasm_bindgen::JsValue};

use super::rows::{Row, Rows};
use crate::messages;
use doorward::{Decision, Inspector, SessionEnd, TimelineEntry};

/// Newest first.
#[component]
pub fn Timeline(inspector: Inspector) -> impl IntoView {
    let rows = move || inspector.timeline(|entries| fold(entries.iter().map(row)));
    view! {
        <section aria-labelledby="timeline">
            <div class="with-action">
                <h2 id="timeline">"Timeline"</h2>
                <button type="button" class="quiet" on:click=move |_| inspector.clear()>"Clear"</button>
            </div>
            // Not announced as it grows, because a refresh alone adds three lines. Focusable, so that the keyboard can scroll it.
            <div class="log" role="log" aria-live="off" aria-labelledby="timeline" tabindex="0">
                <Rows class="timeline" rows/>
            </div>
        </section>
    }
}

/// A burst of equal entries in one row, with their number.
fn fold(rows: impl Iterator<Item = Row>) -> Vec<Row> {
    let mut folded: Vec<(Row, usize)> = Vec::new();
    for row in rows {
        match folded.last_mut() {
            Some((last, count)) if last.kind == row.kind && last.note == row.note => *count += 1,
            _ => folded.push((row, 1)),
        }
    }
    let with_count = |(row, count): (Row, usize)| match count {
        1 => row,
        _ => Row { note: format!("{count} × {}", row.note), ..row },
    };
    folded.into_iter().map(with_count).collect()
}

fn row(entry: &TimelineEntry) -> Row {
    let (kind, value) = label(&entry.decision);
    Row { kind, name: format_time(entry.at), value: value.to_owned(), note: sentence(&entry.decision), left: None }
}

/// The time of day to the millisecond.
fn format_time(at: f64) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(at));
    let to_the_second = String::from(date.to_time_string().slice(0, 8));
    format!("{to_the_second}.{:03}", date.get_milliseconds())
}

/// The CSS class of an entry, and its label.
fn label(decision: &Decision) -> (&'static str, &'static str) {
    match decision {
        Decision::Sent { .. } => ("sent", "Sent"),
        Decision::Retried { .. } => ("sent", "Retried"),
        Decision::Answered { status: Some(200..300), .. } => ("answered", "Response"),
        Decision::Answered { .. } | Decision::Discarded { .. } => ("failure", "Response"),
        Decision::Refreshing | Decision::Refreshed { .. } => ("token", "Token"),
        Decision::WaitingForTab => ("token", "Tabs"),
        Decision::RefreshFailed { .. } => ("failure", "Token"),
        Decision::StatusChanged { .. } | Decision::ReauthRequired | Decision::ConfirmationRequired => {
            ("session", "Session")
        }
        Decision::Resumed => ("remark", "Resumed"),
        Decision::Remark(_) => ("remark", "Remark"),
    }
}

fn sentence(decision: &Decision) -> String {
    let fixed = match decision {
        Decision::Sent { request } => return format!("{request} sent"),
        Decision::Retried { request } => return format!("{request} retried with the new token"),
        Decision::Answered { request, status: Some(status) } => return format!("{request} → {status}"),
        Decision::Answered { request, status: None } => return format!("{request} failed: no response"),
        Decision::Discarded { request } => {
            return format!("Discarded a late response: {request} was sent in another session");
        }
        Decision::RefreshFailed { status, again_in } => {
            let cause = match status {
                Some(status) => format!("the server responded {status}"),
                None => "no response".to_owned(),
            };
            return format!("Refresh failed: {cause}. Session kept; retrying in {}", messages::duration(*again_in));
        }
        Decision::Refreshing => "Refreshing the token",
        Decision::Refreshed { by_another_tab: false } => "Token refreshed",
        Decision::Refreshed { by_another_tab: true } => "Token refreshed by another tab",
        Decision::WaitingForTab => "Waited for another tab",
        Decision::StatusChanged { is_logged_in: Some(true), .. } => "Logged in",
        Decision::StatusChanged { is_logged_in: Some(false), reason: Some(reason) } => {
            return messages::session_end(&SessionEnd::new(*reason), None);
        }
        Decision::StatusChanged { is_logged_in: Some(false), reason: None } => "Not logged in",
        Decision::StatusChanged { is_logged_in: None, .. } => "Session unknown; checking with the server",
        Decision::ConfirmationRequired => "The request waits until the user has confirmed",
        Decision::ReauthRequired => "Session expired; requests wait until the user logs in again",
        Decision::Resumed => "Checked the session: page visible again, device woke up, or network back",
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
    fn every_decision_has_a_sentence() {
        let request = || "GET /api/me".to_owned();
        for (decision, expected) in [
            (Decision::Sent { request: request() }, "GET /api/me sent"),
            (Decision::Retried { request: request() }, "GET /api/me retried with the new token"),
            (Decision::Answered { request: request(), status: None }, "GET /api/me failed: no response"),
            (
                Decision::RefreshFailed { status: Some(503), again_in: Duration::from_millis(1500) },
                "Refresh failed: the server responded 503. Session kept; retrying in 2\u{a0}s",
            ),
            (
                Decision::StatusChanged { is_logged_in: Some(false), reason: Some(EndReason::LoggedOut) },
                "You have logged out.",
            ),
        ] {
            assert_eq!(sentence(&decision), expected);
        }
    }

    #[test]
    fn only_a_success_status_is_marked_as_success() {
        let kind = |status| label(&Decision::Answered { request: String::new(), status }).0;
        assert_eq!([Some(200), Some(204)].map(kind), ["answered"; 2]);
        assert_eq!([Some(199), Some(401), Some(503), None].map(kind), ["failure"; 4]);
    }

    #[test]
    fn a_burst_of_equal_entries_is_one_row_with_their_number() {
        let row = |note: &str| Row { note: note.to_owned(), ..Row::default() };
        let notes = |rows: Vec<Row>| rows.into_iter().map(|row| row.note).collect::<Vec<_>>();
        let rows = ["a", "a", "b", "a"].map(row);
        assert_eq!(notes(fold(rows.into_iter())), ["2 × a", "b", "a"]);
    }
}
