//! Says that the session is about to end, and leads to a longer stay.

use leptos::prelude::*;

use super::Lapse;
use crate::{
    components::notice::Notice,
    content::changing,
    private::{self, Private},
    words,
};
use doorward::use_session;
use doorward_api::Session;

/// From so many seconds before the end, but not in the first half of a short session.
const EARLIEST: u64 = 120;

/// The warning, near the end. Who listens hears of it a few times; the seconds are for those who see them.
#[component]
pub fn Warning() -> impl IntoView {
    let lapse: Lapse = expect_context();
    let status = use_session().status();
    let from = Memo::new(move |_| status.with(|status| status.session().map_or(0, from)));
    let left = move || lapse.left().filter(|left| *left <= from.get());
    let is_near = Memo::new(move |_| left().is_some());
    view! {
        {private::changing(move || is_near.get().then(|| Private::new(move || view! {
            <section class="warning" aria-label="End of the session" on:focusin=move |event| lapse.leaves(&event)>
                <p aria-hidden="true">{changing(move || left().map(words::ends_in))}</p>
                <button type="button" class="button" on:click=move |_| lapse.ask()>"Log in again"</button>
            </section>
        })))}
        <div class="unseen" role="status"><Notice text=move || left().map(|left| words::ends_soon(left, from.get()))/></div>
    }
}

/// How many seconds before the end of this session it begins.
fn from(session: &Session) -> u64 {
    let moments = [&session.created_at, &session.expires_at].map(|at| js_sys::Date::parse(at.as_str()));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole seconds, the end after the beginning"
    )]
    let length = ((moments[1] - moments[0]) / 1000.0) as u64;
    EARLIEST.min(length / 2)
}
