//! The policy of this session, when it began and when it ends.

use std::time::Duration;

use leptos::prelude::*;

use super::rows::{moment, row};
use crate::{
    components::{Reauth, format_relative, format_relative_time},
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
    let Session { created_at, expires_at, .. } = session;
    let began = client_only_views(move || Some(moment(format_relative(&created_at), created_at.clone())));
    let ends = client_only_views(move || Some(moment(ends_in.clone(), expires_at.clone())));
    // A `timer` is not announced every second.
    let timer = move || ClientOnly::new(move || view! { <span role="timer">{live_text(left)}</span> });
    let time_left = move || row(messages().account.time_left, client_only_views(move || Some(timer())));
    view! {
        <p>{messages::policy(session.policy)}</p>
        <dl class="rows">
            {row(messages().account.began, began)}
            {row(messages().account.ends, ends)}
            {client_only_views(move || has_countdown.get().then(time_left))}
        </dl>
    }
}
