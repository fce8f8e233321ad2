//! The policy of this session, when it began and when it ends.

use std::time::Duration;

use leptos::prelude::*;

use crate::{
    components::{DateTime, Reauth, RelativeTime, format_relative_time},
    leptos_ext::{ClientOnly, client_only_views, live_text},
    messages::{self, messages},
};
use doorward::use_session;
use doorward_api::Session;

#[component]
pub(super) fn CurrentSession() -> impl IntoView {
    let status = use_session().status();
    let current = move || status.with(|status| status.session().cloned());
    view! {
        <section>
            <h2>{messages().account.this_session}</h2>
            {client_only_views(move || current().map(|session| ClientOnly::new(move || view! { <Rows session/> })))}
            <p class="links">
                <a href="/sessions">{messages().account.other_devices}</a>
                " "
                <a href="/activity">{messages().account.recent_activity}</a>
            </p>
        </section>
    }
}

#[component]
fn Rows(session: Session) -> impl IntoView {
    let handle = use_session();
    let reauth: Reauth = expect_context();
    let left =
        move || reauth.seconds_left().map(|left| messages::duration(Duration::from_secs(left))).unwrap_or_default();
    let has_countdown = Memo::new(move |_| reauth.seconds_left().is_some());
    // Not by the clock of the device, which may be wrong.
    let ends_in = untrack(|| handle.is_renewable().then(|| handle.time_left()).flatten());
    let ends_in = ends_in.map(|left| format_relative_time(-left.as_secs_f64())).unwrap_or_default();
    view! {
        <p>{messages::policy(session.policy)}</p>
        <dl class="rows">
            <div>
                <dt>{messages().account.began}</dt>
                <dd><RelativeTime at=session.created_at.clone()/> <DateTime at=session.created_at/></dd>
            </div>
            <div>
                <dt>{messages().account.ends}</dt>
                <dd><span>{ends_in}</span> <DateTime at=session.expires_at/></dd>
            </div>
            {client_only_views(move || has_countdown.get().then(|| ClientOnly::new(move || view! {
                // A `timer` is not announced every second.
                <div><dt>{messages().account.time_left}</dt><dd><span role="timer">{live_text(left)}</span></dd></div>
            })))}
        </dl>
    }
}
